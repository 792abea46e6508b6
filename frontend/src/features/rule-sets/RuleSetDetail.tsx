/** One rule set: the version that is looked at, its rules, what changed, and the step to activate it. */
import { Button, Select, Skeleton, Stack, Text } from "@mantine/core";
import {
  AppLink,
  ConfirmDialog,
  ErrorState,
  Fact,
  Facts,
  PageHeader,
  Section,
  showDone,
  StatusBadge,
} from "@openreg/ui";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useState } from "react";
import { useFourEyes, useMay, useOwnId } from "@/features/account/api";
import { PublishActions } from "@/features/publications/PublishActions";
import {
  activateVersion,
  ruleSetKeys,
  ruleSetQuery,
  versionQuery,
  versionsQuery,
  type RuleSet,
  type RuleSetVersionMark,
} from "./api";
import { DraftRules } from "./DraftRules";
import { ruleSetMessages as text } from "./messages";
import { VersionChanges } from "./VersionChanges";

const route = getRouteApi("/_app/rule-sets/$ruleSetId");

export function RuleSetDetail() {
  const { ruleSetId } = route.useParams();
  const { version: asked, with: compared } = route.useSearch();
  const navigate = route.useNavigate();
  const ruleSet = useQuery(ruleSetQuery(ruleSetId));
  const versions = useQuery(versionsQuery(ruleSetId));
  const failed = [ruleSet, versions].find((query) => query.isError);
  if (failed) return <ErrorState error={failed.error} onRetry={() => void failed.refetch()} />;
  if (!ruleSet.data || !versions.data) return <Skeleton height={240} />;
  const marks = versions.data.items;
  const shown = marks.find((one) => one.number === asked) ?? marks[0] ?? null;
  return (
    <Stack gap="xl">
      <div>
        <AppLink to="/rule-sets" search={{}} size="sm">
          {text.back}
        </AppLink>
        <PageHeader
          title={ruleSet.data.title}
          description={ruleSet.data.description}
          actions={
            <>
              <PublishActions thing={{ kind: "rule_set", id: ruleSetId, title: ruleSet.data.title }} />
              {shown?.state === "draft" && <Activation ruleSetId={ruleSetId} draft={shown} />}
            </>
          }
        />
        <RuleSetFacts ruleSet={ruleSet.data} shown={shown} />
      </div>
      {marks.length > 0 && (
        <Select
          maw={320}
          label={text.versions}
          allowDeselect={false}
          data={marks.map((one) => ({
            value: String(one.number),
            label: `${text.versionOf(one.number, one.rule_count)} · ${text.states[one.state]}`,
          }))}
          value={shown ? String(shown.number) : null}
          onChange={(number) =>
            void navigate({ search: { version: number ? Number(number) : undefined }, replace: true })
          }
        />
      )}
      <Rules key={shown?.number ?? 0} ruleSet={ruleSet.data} shown={shown} />
      {shown && marks.length > 1 && (
        <VersionChanges
          ruleSetId={ruleSetId}
          shown={shown}
          marks={marks}
          before={compared === shown.number ? undefined : (compared ?? usualBase(ruleSet.data, shown))}
          onChoose={(number) =>
            void navigate({ search: (previous) => ({ ...previous, with: number }), replace: true })
          }
        />
      )}
    </Stack>
  );
}

/** A draft is looked at against what judges now; any other version against the one before it. */
function usualBase(ruleSet: RuleSet, shown: RuleSetVersionMark): number | undefined {
  return shown.state === "draft" ? ruleSet.active?.number : undefined;
}

function RuleSetFacts({ ruleSet, shown }: { ruleSet: RuleSet; shown: RuleSetVersionMark | null }) {
  return (
    <Facts>
      <Fact name={text.facts.name}>
        <span className="or-mono">{ruleSet.name}</span>
      </Fact>
      <Fact name={text.facts.regime}>{ruleSet.pack_id ?? text.none}</Fact>
      <Fact name={text.facts.reports}>{ruleSet.reports.map((one) => one.name).join(", ") || text.none}</Fact>
      {shown && (
        <Fact name={text.facts.hash}>
          <span className="or-mono or-whole">{shown.sha256.slice(0, 16)}</span>
        </Fact>
      )}
    </Facts>
  );
}

function Rules({ ruleSet, shown }: { ruleSet: RuleSet; shown: RuleSetVersionMark | null }) {
  const version = useQuery({ ...versionQuery(ruleSet.id, shown?.number ?? 0), enabled: shown !== null });
  if (version.isError) return <ErrorState error={version.error} onRetry={() => void version.refetch()} />;
  if (shown && !version.data) return <Skeleton height={160} />;
  const rules = version.data?.body.rules ?? [];
  // A draft is written; from the active version a draft is begun; what has retired is only read.
  const isDraft = shown?.state === "draft";
  const begins = shown === null || (shown.state === "active" && ruleSet.draft === null);
  return (
    <>
      <Section
        title={shown ? text.rules(text.version(shown.number)) : text.versions}
        meta={
          shown && (
            <StatusBadge tone={shown.state === "active" ? "success" : "neutral"}>
              {text.states[shown.state]}
            </StatusBadge>
          )
        }
      >
        {shown === null && <Text c="dimmed">{text.noVersions}</Text>}
        <DraftRules
          ruleSet={ruleSet}
          rules={rules}
          note={isDraft ? (version.data?.body.note ?? "") : ""}
          etag={isDraft ? (version.data?.etag ?? null) : null}
          isOpen={isDraft || begins}
        />
      </Section>
    </>
  );
}

function Activation({ ruleSetId, draft }: { ruleSetId: string; draft: RuleSetVersionMark }) {
  const queries = useQueryClient();
  const [isAsking, setIsAsking] = useState(false);
  const mayActivate = useMay("rules:activate");
  const ownId = useOwnId();
  const needsFourEyes = useFourEyes();
  if (!mayActivate) return null;
  const isOwn = needsFourEyes && ownId !== null && draft.authors.includes(ownId);

  async function activate() {
    await activateVersion(ruleSetId, draft.number);
    showDone(text.activated(draft.number));
    await queries.invalidateQueries({ queryKey: ruleSetKeys.all });
    void queries.invalidateQueries({ queryKey: ["rules"] });
  }

  return (
    <>
      <Button
        aria-disabled={isOwn || undefined}
        data-disabled={isOwn || undefined}
        title={isOwn ? text.ownDraft : undefined}
        aria-description={isOwn ? text.ownDraft : undefined}
        onClick={() => !isOwn && setIsAsking(true)}
      >
        {text.activate}
      </Button>
      <ConfirmDialog
        isOpen={isAsking}
        onClose={() => setIsAsking(false)}
        title={text.activateTitle(draft.number)}
        action={text.activate}
        onConfirm={activate}
      >
        <Text size="sm">{text.activateEffect}</Text>
      </ConfirmDialog>
    </>
  );
}
