/** Which field is filled how: the list of all, and the one that is being written. */
import { Button, Group, SegmentedControl, Stack, Text, TextInput } from "@mantine/core";
import { EmptyState, FilterBar, SearchFilter } from "@openreg/ui";
import { IconWand } from "@tabler/icons-react";
import { getRouteApi } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import { AutoMapDialog } from "./AutoMapDialog";
import styles from "./editor.module.css";
import { useEditor } from "./EditorContext";
import { FieldList } from "./FieldList";
import { FieldPanel } from "./FieldPanel";
import { filterGroups, groupFields, nextUnmapped, requiredCount } from "./fieldGroups";
import { editorMessages } from "./messages";
import { fieldFilters } from "./steps";

const text = editorMessages.fields;
const route = getRouteApi("/_app/reports/$reportId_/edit");
const NAME = /^[a-z][a-z0-9_]{0,62}$/;
const ALL = "all";

export function FieldsStep() {
  const { document, pack, check, change } = useEditor();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const [isAutoMapping, setIsAutoMapping] = useState(false);
  const groups = useMemo(() => groupFields(document, pack, check?.faults ?? []), [document, pack, check]);
  const shown = filterGroups(groups, search.show, search.q);
  const required = requiredCount(groups);
  const set = (changes: Partial<typeof search>) =>
    void navigate({ search: (previous) => ({ ...previous, ...changes }), replace: true });
  const next = nextUnmapped(groups, search.field);
  return (
    <Stack gap="md">
      <FilterBar
        isFiltered={Boolean(search.q ?? search.show)}
        onClear={() => set({ q: undefined, show: undefined })}
        actions={
          <>
            <Text size="sm" role="status">
              {pack
                ? text.mapped(required.mapped, required.all)
                : text.free(Object.keys(document.fields).length)}
            </Text>
            <Button
              variant="default"
              leftSection={<IconWand size={14} aria-hidden />}
              onClick={() => setIsAutoMapping(true)}
            >
              {text.autoMap}
            </Button>
          </>
        }
      >
        <SearchFilter label={text.search} value={search.q} onChange={(q) => set({ q })} />
        <SegmentedControl
          aria-label={text.showLabel}
          data={[ALL, ...fieldFilters].map((value) => ({
            value,
            label: text.show[value as keyof typeof text.show],
          }))}
          value={search.show ?? ALL}
          onChange={(value) => set({ show: fieldFilters.find((one) => one === value) })}
        />
      </FilterBar>
      <div className={styles.split}>
        <Stack gap="sm" miw={0}>
          {shown.length > 0 && (
            <FieldList groups={shown} selected={search.field} onSelect={(field) => set({ field })} />
          )}
          {shown.length === 0 && groups.length > 0 && (
            <EmptyState title={text.none} onClear={() => set({ q: undefined, show: undefined })}>
              {text.noneText}
            </EmptyState>
          )}
          {groups.length === 0 && <Text c="dimmed">{text.freeNone}</Text>}
          {!document.pack && (
            <AddField
              onAdd={(name) => {
                change({ fields: { ...document.fields, [name]: "" } });
                set({ field: name });
              }}
            />
          )}
        </Stack>
        {search.field ? (
          <FieldPanel
            key={search.field}
            name={search.field}
            onNext={next === null ? undefined : () => set({ field: next })}
          />
        ) : (
          <div className={styles.panel}>
            <Text c="dimmed">{text.choose}</Text>
            {next !== null && (
              <Group>
                <Button variant="default" onClick={() => set({ field: next })}>
                  {text.nextUnmapped}
                </Button>
              </Group>
            )}
          </div>
        )}
      </div>
      <AutoMapDialog isOpen={isAutoMapping} onClose={() => setIsAutoMapping(false)} />
    </Stack>
  );
}

function AddField({ onAdd }: { onAdd: (name: string) => void }) {
  const { document } = useEditor();
  const [name, setName] = useState("");
  const isTaken = name in document.fields;
  const isUsable = NAME.test(name) && !isTaken;
  return (
    <Group gap="sm" align="flex-start">
      <TextInput
        aria-label={text.addName}
        placeholder={text.addName}
        value={name}
        error={name && !isUsable ? (isTaken ? text.addTaken : text.addInvalid) : undefined}
        onChange={(event) => setName(event.currentTarget.value)}
      />
      <Button
        variant="default"
        disabled={!isUsable}
        onClick={() => {
          onAdd(name);
          setName("");
        }}
      >
        {text.add}
      </Button>
    </Group>
  );
}
