/** One field: what it must hold, the expression that fills it, and what comes out for sample rows. */
import { Badge, Button, Group, Stack, Text, Title, Tooltip, UnstyledButton } from "@mantine/core";
import { Fact, Facts } from "@openreg/ui";
import { useMemo, useRef } from "react";
import type { CodeHandle } from "./code/CodeEditor";
import { quoted } from "./code/completions";
import { SqlInput } from "./code/SqlInput";
import styles from "./editor.module.css";
import { useEditor } from "./EditorContext";
import { LookupChips } from "./LookupChips";
import { editorMessages } from "./messages";
import { faultText } from "./places";
import { SampleTable } from "./SampleTable";
import { useExpressionCompletions, useFaultsAt } from "./useExpressions";

const text = editorMessages.fields;
const VERIFIED = "verified";

export function FieldPanel({ name, onNext }: { name: string; onNext?: (() => void) | undefined }) {
  const { document, change, check, pack } = useEditor();
  const completions = useExpressionCompletions();
  const editor = useRef<CodeHandle>(null);
  const faults = useFaultsAt(`/fields/${name}`);
  const expression = document.fields[name];
  const checked = check?.fields.find((field) => field.name === name);
  const columns = check?.source_columns;

  function set(sql: string) {
    if (sql.trim() || !pack)
      change((now) => ({ fields: ordered({ ...now.fields, [name]: sql }, pack?.columns) }));
    else clear();
  }

  function clear() {
    change(({ fields }) => ({
      fields: Object.fromEntries(Object.entries(fields).filter(([one]) => one !== name)),
    }));
  }

  return (
    <section className={styles.panel} aria-label={name}>
      <FieldHead name={name} />
      <SqlInput
        label={text.expression}
        description={text.expressionHint}
        errors={expression === undefined ? [] : faults.map(faultText)}
        completions={completions}
        handle={editor}
        value={expression ?? ""}
        onChange={set}
      />
      {checked?.inferred_type && (
        <Text size="sm">
          {text.inferred} <span className="or-mono">{checked.inferred_type}</span>
        </Text>
      )}
      <Group gap="sm">
        {expression !== undefined && (
          <Button variant="default" onClick={clear}>
            {text.clear}
          </Button>
        )}
        {onNext && (
          <Button variant="default" onClick={onNext}>
            {text.nextUnmapped}
          </Button>
        )}
      </Group>
      <Stack gap={4}>
        <Text size="sm" fw={600}>
          {text.columns}
        </Text>
        {!columns && <Text c="dimmed">{text.noColumns}</Text>}
        <div className={styles.chips}>
          {columns?.map((column) => (
            <Tooltip key={column.name} label={[column.type, ...column.origins].join(" · ")}>
              <UnstyledButton
                className={styles.chip}
                aria-label={text.useColumn(column.name)}
                onClick={() => editor.current?.insert(quoted(column.name))}
              >
                {column.name}
              </UnstyledButton>
            </Tooltip>
          ))}
        </div>
      </Stack>
      <LookupChips onInsert={(sql) => editor.current?.insert(sql)} />
      <SampleTable name={name} columns={checked?.columns ?? []} />
    </section>
  );
}

/** In the order of the pack: that is the order of the columns of a CSV file. */
function ordered(
  fields: Record<string, string>,
  columns: { name: string }[] | undefined,
): Record<string, string> {
  if (!columns) return fields;
  const place = new Map(columns.map((column, index) => [column.name, index]));
  const last = columns.length;
  return Object.fromEntries(
    Object.entries(fields).sort(([one], [other]) => (place.get(one) ?? last) - (place.get(other) ?? last)),
  );
}

function FieldHead({ name }: { name: string }) {
  const { pack } = useEditor();
  const column = useMemo(() => pack?.columns.find((one) => one.name === name), [pack, name]);
  const field = pack?.fields.find((one) => one.number === column?.field);
  if (!column || !field) return <Title order={3}>{name}</Title>;
  const isUnverified = field.source !== VERIFIED;
  return (
    <Stack gap="sm">
      <div>
        <Title order={3}>{column.title}</Title>
        <Text size="sm" c="dimmed">
          {field.number} · {field.name} · <span className="or-mono">{column.name}</span>
        </Text>
      </div>
      <Group gap="xs">
        {column.pii && (
          <Tooltip label={text.personalHint}>
            <Badge variant="default" tt="none">
              {text.personal}
            </Badge>
          </Tooltip>
        )}
      </Group>
      <Facts>
        <Fact name={text.target}>
          <span className="or-mono">{column.type}</span>
          {column.max_length !== null && ` ${text.maxLength(column.max_length)}`}
        </Fact>
        {column.codes && <Fact name={text.codes}>{column.codes.join(", ")}</Fact>}
      </Facts>
      {field.content && <Text size="sm">{field.content}</Text>}
      {field.condition && (
        <Text size="sm">
          {text.condition}: {field.condition}
          {field.condition_source !== VERIFIED && <Unverified />}
        </Text>
      )}
      <Text size="xs" c="dimmed">
        {field.citation}
        {isUnverified && <Unverified />}
      </Text>
    </Stack>
  );
}

export function Unverified() {
  return (
    <Tooltip label={text.unverifiedHint}>
      <Badge variant="default" tt="none" ml={4}>
        {text.unverified}
      </Badge>
    </Tooltip>
  );
}
