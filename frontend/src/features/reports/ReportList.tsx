import { Badge, Button, Checkbox, CloseButton, Group, UnstyledButton } from "@mantine/core";
import { AppLink, FilterBar, SearchFilter, TimeAgo, type Column } from "@openreg/ui";
import { IconFileImport, IconPlus } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useMay, useOwnId } from "@/features/account/api";
import { RunState } from "@/features/runs/RunState";
import { ChoiceFilter } from "@/lists/ChoiceFilter";
import { choicesOf } from "@/lists/choices";
import { ListScreen } from "@/lists/ListScreen";
import { useListSearch } from "@/lists/useListSearch";
import { packsQuery, reportsQuery, type Report } from "./api";
import { ImportReport } from "./ImportReport";
import { reportMessages as text } from "./messages";
import { ReportForm } from "./ReportForm";
import { ReportMenu } from "./ReportMenu";
import { ReportState, VersionState } from "./ReportState";
import { versionStates } from "./versionStates";
import styles from "./reports.module.css";

const route = getRouteApi("/_app/reports/");

export function ReportList() {
  const search = route.useSearch();
  const list = useListSearch(search, route.useNavigate());
  const navigate = useNavigate();
  const query = useQuery(reportsQuery(search));
  const packs = useQuery(packsQuery()).data?.packs ?? [];
  const ownId = useOwnId();
  const mayWrite = useMay("reports:write");
  const [dialog, setDialog] = useState<"new" | "import" | Report | null>(null);
  const close = () => setDialog(null);
  const packTitle = (id: string) => packs.find((pack) => pack.id === id)?.title ?? id;

  return (
    <>
      <ListScreen
        text={mayWrite ? text : { ...text, firstUse: text.firstUseReader }}
        list={list}
        query={query}
        columns={columns(packTitle, (tag) => list.setFilter({ tag }), setDialog)}
        sorting={list.sorting}
        actions={
          mayWrite && (
            <Button
              variant="default"
              leftSection={<IconFileImport size={14} aria-hidden />}
              onClick={() => setDialog("import")}
            >
              {text.import}
            </Button>
          )
        }
        create={
          mayWrite && (
            <Button leftSection={<IconPlus size={14} aria-hidden />} onClick={() => setDialog("new")}>
              {text.new}
            </Button>
          )
        }
      >
        <FilterBar isFiltered={list.isFiltered} onClear={list.clear}>
          <SearchFilter label={text.search} value={search.q} onChange={(q) => list.setFilter({ q })} />
          <ChoiceFilter
            label={text.filterState}
            any={text.anyState}
            choices={choicesOf(versionStates, text.versionStates)}
            value={search.state}
            onChange={(state) => list.setFilter({ state })}
          />
          <ChoiceFilter
            label={text.filterRegime}
            any={text.anyRegime}
            choices={packs.map((pack) => ({ value: pack.id, label: pack.title }))}
            value={search.pack_id}
            onChange={(pack_id) => list.setFilter({ pack_id })}
          />
          <Checkbox
            label={text.mine}
            checked={search.owner_id !== undefined && search.owner_id === ownId}
            onChange={(event) =>
              list.setFilter({ owner_id: event.currentTarget.checked ? (ownId ?? undefined) : undefined })
            }
          />
          <Checkbox
            label={text.archivedOnes}
            checked={search.is_archived ?? false}
            onChange={(event) => list.setFilter({ is_archived: event.currentTarget.checked || undefined })}
          />
          {search.tag && (
            <Badge
              variant="default"
              tt="none"
              rightSection={
                <CloseButton
                  size={18}
                  aria-label={text.removeTag(search.tag)}
                  onClick={() => list.setFilter({ tag: undefined })}
                />
              }
            >
              {text.taggedWith(search.tag)}
            </Badge>
          )}
        </FilterBar>
      </ListScreen>
      <ReportForm
        isOpen={dialog !== null && dialog !== "import"}
        onClose={close}
        copied={dialog !== null && typeof dialog === "object" ? dialog : undefined}
        onMade={(report) =>
          void navigate({ to: "/reports/$reportId/edit", params: { reportId: report.id }, search: {} })
        }
      />
      <ImportReport isOpen={dialog === "import"} onClose={close} />
    </>
  );
}

function columns(
  packTitle: (id: string) => string,
  onTag: (tag: string) => void,
  onClone: (report: Report) => void,
): Column<Report>[] {
  const names = text.columns;
  return [
    {
      key: "name",
      header: names.name,
      sortKey: "name",
      cell: (report) => (
        <AppLink to="/reports/$reportId" params={{ reportId: report.id }} fw={600}>
          {report.name}
        </AppLink>
      ),
    },
    {
      key: "regime",
      header: names.regime,
      cell: (report) => (report.pack_id ? packTitle(report.pack_id) : text.none),
    },
    {
      key: "state",
      header: names.state,
      cell: (report) => (
        <Group gap={4} wrap="nowrap">
          <ReportState report={report} />
          {report.active_version && report.in_review_version && <VersionState state="in_review" />}
        </Group>
      ),
    },
    {
      key: "live",
      header: names.live,
      cell: (report) =>
        report.active_version ? (
          <AppLink
            to="/reports/$reportId/versions/$versionId"
            params={{ reportId: report.id, versionId: report.active_version.id }}
          >
            {report.active_version.number}
          </AppLink>
        ) : (
          text.none
        ),
    },
    { key: "owner", header: names.owner, cell: (report) => report.owner_name ?? text.none },
    {
      key: "tags",
      header: names.tags,
      cell: (report) => (
        <Group gap={4} wrap="nowrap">
          {report.tags.map((tag) => (
            <UnstyledButton
              key={tag}
              className={styles.tag}
              aria-label={text.filterByTag(tag)}
              onClick={() => onTag(tag)}
            >
              {tag}
            </UnstyledButton>
          ))}
        </Group>
      ),
    },
    {
      key: "lastRun",
      header: names.lastRun,
      cell: (report) =>
        report.last_run ? (
          <Group gap="xs" wrap="nowrap">
            <RunState state={report.last_run.state} />
            <AppLink to="/runs/$runId" params={{ runId: report.last_run.id }}>
              <TimeAgo at={report.last_run.created_at} />
            </AppLink>
          </Group>
        ) : (
          text.none
        ),
    },
    {
      key: "changed",
      header: names.changed,
      sortKey: "updated_at",
      cell: (report) => <TimeAgo at={report.updated_at} />,
    },
    {
      key: "actions",
      header: names.actions,
      cell: (report) => <ReportMenu report={report} onClone={() => onClone(report)} />,
    },
  ];
}
