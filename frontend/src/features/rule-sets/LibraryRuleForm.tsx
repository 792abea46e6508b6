/** One rule of a rule set, to write; it can be checked against a report or the regime before it is saved. */
import { Button, Group, Modal, Select, Stack, Text, Textarea, TextInput } from "@mantine/core";
import { DateField, ErrorState, uiMessages } from "@openreg/ui";
import { useMutation } from "@tanstack/react-query";
import { useState, type SyntheticEvent } from "react";
import { phases, scopes, severities } from "@/features/rules/words";
import { editorMessages } from "@/features/report-editor/messages";
import { checkRule } from "@/features/rules/api";
import type { LibraryRule, RuleSet } from "./api";
import { ruleSetMessages } from "./messages";

const names = editorMessages.rules;
const text = ruleSetMessages.rule;
const ID = /^[A-Z][A-Z0-9]{0,15}-[A-Z0-9][A-Z0-9.-]{0,30}$/;

interface LibraryRuleFormProps {
  /** Null keeps the form closed. */
  edited: LibraryRule | null;
  isNew: boolean;
  takenIds: string[];
  ruleSet: RuleSet;
  onClose: () => void;
  onKeep: (rule: LibraryRule) => Promise<void>;
}

export function LibraryRuleForm({ edited, isNew, ...props }: LibraryRuleFormProps) {
  return (
    <Modal
      opened={edited !== null}
      onClose={props.onClose}
      size="lg"
      title={isNew ? ruleSetMessages.addRule : ruleSetMessages.editRule(edited?.id ?? "")}
      closeButtonProps={{ "aria-label": uiMessages.close }}
    >
      {edited && <Form key={edited.id} edited={edited} {...props} />}
    </Modal>
  );
}

type FormProps = Omit<LibraryRuleFormProps, "edited" | "isNew"> & { edited: LibraryRule };

function Form({ edited, takenIds, ruleSet, onClose, onKeep }: FormProps) {
  const [rule, setRule] = useState(edited);
  const [isTried, setIsTried] = useState(false);
  const keep = useMutation({ mutationFn: onKeep });
  const set = (changes: Partial<LibraryRule>) => setRule({ ...rule, ...changes });
  const idError = takenIds.includes(rule.id) ? names.idTaken : ID.test(rule.id) ? null : names.idInvalid;
  const missing = (value: string) => (isTried && !value.trim() ? names.missing : undefined);

  function submit(event: SyntheticEvent) {
    event.preventDefault();
    setIsTried(true);
    const isComplete = [rule.title, rule.expression, rule.message].every((value) => value.trim());
    if (isComplete && idError === null) keep.mutate(rule);
  }

  return (
    <form onSubmit={submit} noValidate>
      <Stack gap="md">
        <TextInput
          label={names.id}
          description={names.idHint}
          required
          data-autofocus
          value={rule.id}
          error={isTried ? idError : undefined}
          onChange={(event) => set({ id: event.currentTarget.value })}
        />
        <TextInput
          label={names.ruleTitle}
          required
          maxLength={200}
          value={rule.title}
          error={missing(rule.title)}
          onChange={(event) => set({ title: event.currentTarget.value })}
        />
        <Group grow align="flex-start">
          <Choice
            label={names.phase}
            values={phases}
            names={names.phases}
            value={rule.phase}
            onChange={(phase) => set({ phase })}
          />
          <Choice
            label={names.severity}
            values={severities}
            names={names.severities}
            value={rule.severity}
            onChange={(severity) => set({ severity })}
          />
          <Choice
            label={names.scope}
            values={scopes}
            names={names.scopes}
            value={rule.scope ?? "record"}
            onChange={(scope) => set({ scope })}
          />
        </Group>
        <Textarea
          label={names.expression}
          required
          autosize
          minRows={3}
          spellCheck={false}
          className="or-mono"
          value={rule.expression}
          error={missing(rule.expression)}
          onChange={(event) => set({ expression: event.currentTarget.value })}
        />
        <Check rule={rule} ruleSet={ruleSet} />
        <Textarea
          label={names.message}
          required
          autosize
          minRows={2}
          maxLength={500}
          value={rule.message}
          error={missing(rule.message)}
          onChange={(event) => set({ message: event.currentTarget.value })}
        />
        <TextInput
          label={names.citation}
          value={rule.citation ?? ""}
          onChange={(event) => set({ citation: event.currentTarget.value || null })}
        />
        <Group grow>
          <DateField
            label={text.from}
            value={rule.valid_from ?? ""}
            onChange={(day) => set({ valid_from: day || null })}
          />
          <DateField
            label={text.to}
            value={rule.valid_to ?? ""}
            onChange={(day) => set({ valid_to: day || null })}
          />
        </Group>
        {keep.isError && <ErrorState error={keep.error} />}
        <Group justify="flex-end" gap="sm">
          <Button variant="default" onClick={onClose}>
            {uiMessages.cancel}
          </Button>
          <Button type="submit" loading={keep.isPending}>
            {text.apply}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

/** Against the first report that uses the set, which knows its own columns; else against the regime. */
function Check({ rule, ruleSet }: { rule: LibraryRule; ruleSet: RuleSet }) {
  const report = ruleSet.reports[0];
  const check = useMutation({
    mutationFn: () =>
      checkRule({
        expression: rule.expression,
        phase: rule.phase,
        severity: rule.severity,
        message: rule.message,
        ...(report ? { report_id: report.report_id } : { pack_id: ruleSet.pack_id }),
      }),
  });
  const answer = check.data;
  return (
    <Stack gap={4}>
      <Group>
        <Button
          variant="default"
          size="compact-sm"
          disabled={!rule.expression.trim()}
          loading={check.isPending}
          onClick={() => check.mutate()}
        >
          {text.check}
        </Button>
        {answer?.ok && (
          <Text size="sm" role="status">
            {text.ok} {answer.columns.length > 0 && text.reads(answer.columns.join(", "))}
          </Text>
        )}
      </Group>
      {check.isError && <ErrorState error={check.error} />}
      {answer?.faults.map((fault) => (
        <Text key={fault.detail} size="sm" role="alert">
          {fault.line ? `${String(fault.line)}:${String(fault.column ?? 1)} ` : ""}
          {fault.detail} {fault.suggestion ?? ""}
        </Text>
      ))}
    </Stack>
  );
}

interface ChoiceProps<T extends string> {
  label: string;
  values: readonly T[];
  names: Record<T, string>;
  value: T;
  onChange: (value: T) => void;
}

function Choice<T extends string>({ label, values, names: words, value, onChange }: ChoiceProps<T>) {
  return (
    <Select
      label={label}
      allowDeselect={false}
      data={values.map((one) => ({ value: one as string, label: words[one] }))}
      value={value as string}
      onChange={(chosen) => {
        const found = values.find((one) => one === chosen);
        if (found) onChange(found);
      }}
    />
  );
}

export function blankRule(rules: LibraryRule[], packId: string | null): LibraryRule {
  return {
    id: freeId("HOUSE-01", rules),
    title: "",
    phase: packId ? "target" : "source",
    severity: "warning",
    scope: "record",
    expression: "",
    message: "",
    is_enabled: true,
  };
}

export const cloneOf = (rule: LibraryRule, rules: LibraryRule[]): LibraryRule => ({
  ...rule,
  id: freeId(rule.id, rules),
});

/** The next number after the id's own that no rule has. */
function freeId(id: string, rules: LibraryRule[]): string {
  const [, head = "HOUSE-", digits = "1"] = /^(.*?)(\d*)$/.exec(id) ?? [];
  let number = Number(digits || "1");
  const spelled = () => `${head}${String(number).padStart(Math.max(2, digits.length), "0")}`;
  while (rules.some((rule) => rule.id === spelled())) number += 1;
  return spelled();
}
