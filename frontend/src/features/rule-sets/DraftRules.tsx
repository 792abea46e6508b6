/** The rules of a version; those of a draft, or of what begins one, are changed here and saved at once. */
import { ActionIcon, Button, Group, Text } from "@mantine/core";
import { DataTable, showDone, showProblem, StatusBadge, type Column } from "@openreg/ui";
import { IconCopy, IconPencil, IconPlus, IconPower, IconTrash } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useMay } from "@/features/account/api";
import { RuleSeverity } from "@/features/report-editor/RuleSeverity";
import { ruleSetKeys, saveDraft, type LibraryRule, type RuleSet } from "./api";
import { blankRule, cloneOf, LibraryRuleForm } from "./LibraryRuleForm";
import { ruleSetMessages as text } from "./messages";

interface DraftRulesProps {
  ruleSet: RuleSet;
  rules: LibraryRule[];
  note: string;
  /** The state of the draft that is changed; null begins one. */
  etag: string | null;
  isOpen: boolean;
}

/** `place` -1 is a new rule. */
interface Edited {
  rule: LibraryRule;
  place: number;
}

export function DraftRules({ ruleSet, rules, note, etag, isOpen }: DraftRulesProps) {
  const queries = useQueryClient();
  const navigate = useNavigate();
  const mayWrite = useMay("rules:write");
  const [edited, setEdited] = useState<Edited | null>(null);
  const save = useMutation({
    mutationFn: (next: LibraryRule[]) => saveDraft(ruleSet.id, next, note, etag),
    onSuccess: async (draft) => {
      showDone(text.saved);
      await queries.invalidateQueries({ queryKey: ruleSetKeys.all });
      void navigate({
        to: "/rule-sets/$ruleSetId",
        params: { ruleSetId: ruleSet.id },
        search: { version: draft.number },
        replace: true,
      });
    },
    onError: showProblem,
  });
  const isWritable = isOpen && mayWrite;

  async function keep(rule: LibraryRule) {
    if (!edited) return;
    const next =
      edited.place < 0 ? [...rules, rule] : rules.map((one, place) => (place === edited.place ? rule : one));
    await save.mutateAsync(next);
    setEdited(null);
  }

  const columns = columnsOf(isWritable, {
    edit: (rule) => setEdited({ rule, place: rules.indexOf(rule) }),
    clone: (rule) => setEdited({ rule: cloneOf(rule, rules), place: -1 }),
    turn: (rule) =>
      save.mutate(rules.map((one) => (one === rule ? { ...one, is_enabled: !one.is_enabled } : one))),
    remove: (rule) => save.mutate(rules.filter((one) => one !== rule)),
  });
  return (
    <>
      {isWritable && (
        <Group>
          <Button
            variant="default"
            leftSection={<IconPlus size={14} aria-hidden />}
            onClick={() => setEdited({ rule: blankRule(rules, ruleSet.pack_id), place: -1 })}
          >
            {text.addRule}
          </Button>
        </Group>
      )}
      {rules.length === 0 ? (
        <Text c="dimmed">{text.noRules}</Text>
      ) : (
        <DataTable label={text.title} rows={rules} rowKey={(rule) => rule.id} columns={columns} />
      )}
      <LibraryRuleForm
        edited={edited?.rule ?? null}
        isNew={(edited?.place ?? -1) < 0}
        takenIds={rules.filter((_, place) => place !== edited?.place).map((rule) => rule.id)}
        ruleSet={ruleSet}
        onClose={() => setEdited(null)}
        onKeep={keep}
      />
    </>
  );
}

interface Actions {
  edit: (rule: LibraryRule) => void;
  clone: (rule: LibraryRule) => void;
  turn: (rule: LibraryRule) => void;
  remove: (rule: LibraryRule) => void;
}

function columnsOf(isWritable: boolean, actions: Actions): Column<LibraryRule>[] {
  const shown: Column<LibraryRule>[] = [
    { key: "id", header: "Rule", cell: (rule) => <span className="or-mono">{rule.id}</span> },
    { key: "title", header: text.columns.title, cell: (rule) => rule.title },
    { key: "severity", header: "Severity", cell: (rule) => <RuleSeverity severity={rule.severity} /> },
    {
      key: "expression",
      header: "Condition",
      cell: (rule) => <code className="or-mono">{rule.expression}</code>,
    },
    {
      key: "use",
      header: text.use,
      cell: (rule) => (
        <StatusBadge tone={rule.is_enabled ? "success" : "off"}>
          {rule.is_enabled ? text.on : text.off}
        </StatusBadge>
      ),
    },
  ];
  if (!isWritable) return shown;
  return [
    ...shown,
    {
      key: "actions",
      header: text.actions,
      cell: (rule) => (
        <Group gap={4} wrap="nowrap">
          <Tool label={text.editRule(rule.id)} icon={IconPencil} onClick={() => actions.edit(rule)} />
          <Tool label={text.cloneRule(rule.id)} icon={IconCopy} onClick={() => actions.clone(rule)} />
          <Tool
            label={rule.is_enabled ? text.switchOff(rule.id) : text.switchOn(rule.id)}
            icon={IconPower}
            onClick={() => actions.turn(rule)}
          />
          <Tool label={text.removeRule(rule.id)} icon={IconTrash} onClick={() => actions.remove(rule)} />
        </Group>
      ),
    },
  ];
}

interface ToolProps {
  label: string;
  icon: typeof IconPencil;
  onClick: () => void;
}

function Tool({ label, icon: ToolIcon, onClick }: ToolProps) {
  return (
    <ActionIcon variant="subtle" color="gray" size={28} aria-label={label} onClick={onClick}>
      <ToolIcon size={16} aria-hidden />
    </ActionIcon>
  );
}
