/** Which rule sets judge the records of the report: their order, their rules, and those that cannot judge. */
import { ActionIcon, Group, Select, Skeleton, Stack, Text, Title } from "@mantine/core";
import { AppLink, Callout, DataTable, ErrorState, showDone, StatusBadge, type Column } from "@openreg/ui";
import {
  IconArrowDown,
  IconArrowUp,
  IconChevronDown,
  IconChevronRight,
  IconTrash,
} from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useMay } from "@/features/account/api";
import { ruleSetChoicesQuery, versionQuery, type LibraryRule, type RuleSet } from "@/features/rule-sets/api";
import styles from "./editor.module.css";
import { useEditor } from "./EditorContext";
import { editorMessages } from "./messages";
import { faultText } from "./places";
import { ruleSetChoiceMessages as text } from "./ruleSetChoiceMessages";
import { RuleSeverity } from "./RuleSeverity";
import { useFaultsAt } from "./useExpressions";

export function RuleSetChoice() {
  const { document, change, keeper } = useEditor();
  const mayRead = useMay("rules:read");
  const query = useQuery({ ...ruleSetChoicesQuery(), enabled: mayRead });
  const faults = useFaultsAt("/rule_sets");
  const chosen = document.rule_sets ?? [];
  const known = query.data?.items;
  const keep = (rule_sets: string[]) => change({ rule_sets });

  function move(index: number, to: number) {
    const next = chosen.filter((_, place) => place !== index);
    next.splice(to, 0, chosen[index] ?? "");
    keep(next);
  }

  function remove(name: string) {
    const place = chosen.indexOf(name);
    keep(chosen.filter((one) => one !== name));
    showDone(text.removed(name), () => {
      const now = keeper.read().document.rule_sets ?? [];
      keep([...now.slice(0, place), name, ...now.slice(place)]);
    });
  }

  return (
    <Stack gap="sm" component="section">
      <div>
        <Title order={3}>{text.title}</Title>
        <Text c="dimmed">{text.hint}</Text>
      </div>
      {!mayRead && <Text c="dimmed">{text.mayNot}</Text>}
      {query.isError && <ErrorState error={query.error} onRetry={() => void query.refetch()} />}
      {chosen.length === 0 && <Text c="dimmed">{text.none}</Text>}
      {chosen.length > 0 && (
        <ol className={styles.plain} aria-label={text.list}>
          {chosen.map((name, index) => (
            <li key={name}>
              <Chosen
                name={name}
                ruleSet={known && (known.find((one) => one.name === name) ?? null)}
                onUp={index > 0 ? () => move(index, index - 1) : undefined}
                onDown={index < chosen.length - 1 ? () => move(index, index + 1) : undefined}
                onRemove={() => remove(name)}
              />
            </li>
          ))}
        </ol>
      )}
      {faults.map((fault) => (
        <Callout key={fault.pointer + fault.detail} tone="failed" title={faultText(fault)} />
      ))}
      {known && <Adder known={known} chosen={chosen} onAdd={(name) => keep([...chosen, name])} />}
    </Stack>
  );
}

interface AdderProps {
  known: readonly RuleSet[];
  chosen: readonly string[];
  onAdd: (name: string) => void;
}

/** Only what can judge this report is offered: active, and not written for another regime. */
function Adder({ known, chosen, onAdd }: AdderProps) {
  const { document } = useEditor();
  const pack = document.pack?.split("@")[0] ?? null;
  const fit = known.filter(
    (one) => one.active && !chosen.includes(one.name) && (one.pack_id === null || one.pack_id === pack),
  );
  if (fit.length === 0) return <Text c="dimmed">{text.nothingLeft}</Text>;
  return (
    <Select
      maw={420}
      label={text.add}
      placeholder={text.choose}
      searchable
      data={fit.map((one) => ({ value: one.name, label: `${one.title} (${one.name})` }))}
      // Whatever is chosen goes into the list above, and the field is free again.
      value={null}
      onChange={(name) => name && onAdd(name)}
    />
  );
}

interface ChosenProps {
  name: string;
  /** Null: there is none of this name. Undefined: not known yet. */
  ruleSet: RuleSet | null | undefined;
  onUp: (() => void) | undefined;
  onDown: (() => void) | undefined;
  onRemove: () => void;
}

function Chosen({ name, ruleSet, onUp, onDown, onRemove }: ChosenProps) {
  const [isOpen, setIsOpen] = useState(false);
  const active = ruleSet?.active;
  const Arrow = isOpen ? IconChevronDown : IconChevronRight;
  return (
    <div className={styles.card} role="group" aria-label={name}>
      <Group justify="space-between" gap="sm">
        <Group gap="xs">
          {active && (
            <ActionIcon
              variant="subtle"
              color="gray"
              size={28}
              aria-expanded={isOpen}
              aria-label={isOpen ? text.hide(name) : text.show(name)}
              onClick={() => setIsOpen(!isOpen)}
            >
              <Arrow size={16} aria-hidden />
            </ActionIcon>
          )}
          {ruleSet ? (
            <AppLink to="/rule-sets/$ruleSetId" params={{ ruleSetId: ruleSet.id }} search={{}}>
              {ruleSet.title}
            </AppLink>
          ) : null}
          <span className="or-mono">{name}</span>
          {active && (
            <StatusBadge tone="success">{text.active(active.number, active.rule_count)}</StatusBadge>
          )}
        </Group>
        <Group gap={4} wrap="nowrap">
          <Move icon={IconArrowUp} label={text.up(name)} onClick={onUp} />
          <Move icon={IconArrowDown} label={text.down(name)} onClick={onDown} />
          <Move icon={IconTrash} label={text.remove(name)} onClick={onRemove} />
        </Group>
      </Group>
      {ruleSet === null && <Callout tone="warning" title={text.unknown} fix={text.unknownFix} />}
      {ruleSet && !active && <Callout tone="warning" title={text.inactive} fix={text.inactiveFix} />}
      {isOpen && ruleSet && active && <Rules ruleSet={ruleSet} number={active.number} />}
    </div>
  );
}

interface MoveProps {
  icon: typeof IconTrash;
  label: string;
  onClick: (() => void) | undefined;
}

function Move({ icon: Image, label, onClick }: MoveProps) {
  return (
    <ActionIcon
      variant="subtle"
      color="gray"
      size={28}
      aria-label={label}
      disabled={!onClick}
      onClick={onClick}
    >
      <Image size={16} aria-hidden />
    </ActionIcon>
  );
}

function Rules({ ruleSet, number }: { ruleSet: RuleSet; number: number }) {
  const version = useQuery(versionQuery(ruleSet.id, number));
  if (version.isError) return <ErrorState error={version.error} onRetry={() => void version.refetch()} />;
  if (!version.data) return <Skeleton height={80} />;
  const judging = version.data.body.rules.filter((rule) => rule.is_enabled);
  return (
    <DataTable label={text.rules(ruleSet.name)} rows={judging} rowKey={(rule) => rule.id} columns={COLUMNS} />
  );
}

const words = editorMessages.rules;
const COLUMNS: Column<LibraryRule>[] = [
  { key: "id", header: words.id, cell: (rule) => <span className="or-mono">{rule.id}</span> },
  { key: "title", header: words.ruleTitle, cell: (rule) => rule.title },
  { key: "severity", header: words.severity, cell: (rule) => <RuleSeverity severity={rule.severity} /> },
  { key: "phase", header: words.phase, cell: (rule) => words.phases[rule.phase] },
  {
    key: "expression",
    header: words.expression,
    cell: (rule) => <span className="or-mono">{rule.expression}</span>,
  },
];
