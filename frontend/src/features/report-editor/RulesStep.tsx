/** The report's own rules, and those of the pack beside them. */
import { ActionIcon, Button, Group, Stack, Text, Title } from "@mantine/core";
import { DataTable, showDone, type Column } from "@openreg/ui";
import { IconPencil, IconPlus } from "@tabler/icons-react";
import { useState } from "react";
import type { ReportRule } from "./document";
import { useEditor } from "./EditorContext";
import { editorMessages } from "./messages";
import { PackRules } from "./PackRules";
import { RemoveButton } from "./RemoveButton";
import { RuleForm } from "./RuleForm";
import { RuleSetChoice } from "./RuleSetChoice";
import { RuleSeverity } from "./RuleSeverity";

const text = editorMessages.rules;
const NEW = -1;

export function RulesStep() {
  const { document, change, keeper, pack } = useEditor();
  const [edited, setEdited] = useState<number | null>(null);
  const { rules } = document;

  function keep(rule: ReportRule) {
    const next =
      edited === NEW ? [...rules, rule] : rules.map((one, index) => (index === edited ? rule : one));
    change({ rules: next });
    setEdited(null);
  }

  function remove(rule: ReportRule) {
    change({ rules: rules.filter((one) => one !== rule) });
    // Back into the rules as they are then: others may have been added meanwhile.
    showDone(text.removed(rule.id), () => change({ rules: [...keeper.read().document.rules, rule] }));
  }

  return (
    <Stack gap="xl">
      <Stack gap="sm" component="section">
        <Group justify="space-between" align="flex-start">
          <div>
            <Title order={3}>{text.own}</Title>
            <Text c="dimmed">{text.ownHint}</Text>
          </div>
          <Button
            variant="default"
            leftSection={<IconPlus size={14} aria-hidden />}
            onClick={() => setEdited(NEW)}
          >
            {text.add}
          </Button>
        </Group>
        {rules.length === 0 ? (
          <Text c="dimmed">{text.none}</Text>
        ) : (
          <DataTable
            label={text.own}
            rows={rules}
            rowKey={(rule) => rule.id}
            columns={columns((rule) => setEdited(rules.indexOf(rule)), remove)}
          />
        )}
      </Stack>
      <RuleSetChoice />
      {pack && <PackRules pack={pack} />}
      <RuleForm
        isOpen={edited !== null}
        rule={edited === null || edited === NEW ? null : (rules[edited] ?? null)}
        takenIds={rules.filter((_, index) => index !== edited).map((rule) => rule.id)}
        onClose={() => setEdited(null)}
        onKeep={keep}
      />
    </Stack>
  );
}

function columns(
  onEdit: (rule: ReportRule) => void,
  onRemove: (rule: ReportRule) => void,
): Column<ReportRule>[] {
  return [
    { key: "id", header: text.id, cell: (rule) => <span className="or-mono">{rule.id}</span> },
    { key: "title", header: text.ruleTitle, cell: (rule) => rule.title },
    { key: "severity", header: text.severity, cell: (rule) => <RuleSeverity severity={rule.severity} /> },
    { key: "phase", header: text.phase, cell: (rule) => text.phases[rule.phase] },
    {
      key: "expression",
      header: text.expression,
      cell: (rule) => <span className="or-mono">{rule.expression}</span>,
    },
    {
      key: "actions",
      header: text.actions,
      cell: (rule) => (
        <Group gap={4} wrap="nowrap">
          <ActionIcon
            variant="subtle"
            color="gray"
            size={28}
            aria-label={text.edit(rule.id)}
            onClick={() => onEdit(rule)}
          >
            <IconPencil size={16} aria-hidden />
          </ActionIcon>
          <RemoveButton label={text.remove(rule.id)} onClick={() => onRemove(rule)} />
        </Group>
      ),
    },
  ];
}
