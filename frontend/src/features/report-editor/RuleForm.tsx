/** One own rule, to write. */
import { Button, Group, Modal, Select, Stack, TextInput, Textarea } from "@mantine/core";
import { uiMessages } from "@openreg/ui";
import { useState, type SyntheticEvent } from "react";
import { SqlInput } from "./code/SqlInput";
import { phases, scopes, severities } from "@/features/rules/words";
import { readDocument, type ReportRule } from "./document";
import styles from "./editor.module.css";
import { useEditor } from "./EditorContext";
import { editorMessages } from "./messages";
import { useExpressionCompletions } from "./useExpressions";

const text = editorMessages.rules;
const ID = /^[A-Z][A-Z0-9]{0,15}-[A-Z0-9][A-Z0-9.-]{0,30}$/;

interface RuleFormProps {
  isOpen: boolean;
  /** Null: a new one. */
  rule: ReportRule | null;
  takenIds: string[];
  onClose: () => void;
  onKeep: (rule: ReportRule) => void;
}

export function RuleForm(props: RuleFormProps) {
  return (
    <Modal
      opened={props.isOpen}
      onClose={props.onClose}
      size="lg"
      title={props.rule ? text.edit(props.rule.id) : text.add}
      closeButtonProps={{ "aria-label": uiMessages.close }}
    >
      <Form {...props} />
    </Modal>
  );
}

function Form({ rule, takenIds, onClose, onKeep }: RuleFormProps) {
  const [values, setValues] = useState<ReportRule>(() => rule ?? blankRule(takenIds));
  const [isTried, setIsTried] = useState(false);
  const set = (changes: Partial<ReportRule>) => setValues({ ...values, ...changes });
  const idError = takenIds.includes(values.id) ? text.idTaken : ID.test(values.id) ? null : text.idInvalid;
  const missing = (value: string) => (isTried && !value.trim() ? text.missing : undefined);
  const completions = useRuleCompletions(values.phase);

  function submit(event: SyntheticEvent) {
    event.preventDefault();
    setIsTried(true);
    const isComplete = [values.title, values.expression, values.message].every((value) => value.trim());
    if (isComplete && idError === null) onKeep(values);
  }

  return (
    <form onSubmit={submit} noValidate>
      <Stack gap="md">
        <div className={styles.pair}>
          <TextInput
            label={text.id}
            description={text.idHint}
            required
            data-autofocus
            value={values.id}
            error={isTried ? idError : undefined}
            onChange={(event) => set({ id: event.currentTarget.value })}
          />
          <TextInput
            label={text.ruleTitle}
            required
            maxLength={200}
            value={values.title}
            error={missing(values.title)}
            onChange={(event) => set({ title: event.currentTarget.value })}
          />
          <Choice
            label={text.phase}
            names={text.phases}
            data={phases}
            value={values.phase}
            onChange={(phase) => set({ phase })}
          />
          <Choice
            label={text.severity}
            names={text.severities}
            data={severities}
            value={values.severity}
            onChange={(severity) => set({ severity })}
          />
          <Choice
            label={text.scope}
            names={text.scopes}
            data={scopes}
            value={values.scope}
            onChange={(scope) => set({ scope })}
          />
          <TextInput
            label={text.citation}
            value={values.citation ?? ""}
            onChange={(event) => set({ citation: event.currentTarget.value || null })}
          />
        </div>
        <SqlInput
          label={text.expression}
          errors={isTried && !values.expression.trim() ? [text.missing] : []}
          completions={completions}
          value={values.expression}
          onChange={(expression) => set({ expression })}
        />
        <Textarea
          label={text.message}
          required
          autosize
          minRows={2}
          maxLength={500}
          value={values.message}
          error={missing(values.message)}
          onChange={(event) => set({ message: event.currentTarget.value })}
        />
        <Group justify="flex-end" gap="sm">
          <Button variant="default" onClick={onClose}>
            {uiMessages.cancel}
          </Button>
          <Button type="submit">{text.apply}</Button>
        </Group>
      </Stack>
    </form>
  );
}

interface ChoiceProps<T extends string> {
  label: string;
  names: Record<T, string>;
  data: readonly T[];
  value: T;
  onChange: (value: T) => void;
}

function Choice<T extends string>({ label, names, data, value, onChange }: ChoiceProps<T>) {
  return (
    <Select
      label={label}
      data={data.map((one) => ({ value: one as string, label: names[one] }))}
      value={value as string}
      onChange={(chosen) => {
        const found = data.find((one) => one === chosen);
        if (found) onChange(found);
      }}
    />
  );
}

function blankRule(takenIds: string[]): ReportRule {
  let number = takenIds.length + 1;
  const id = () => `OWN-${String(number).padStart(2, "0")}`;
  while (takenIds.includes(id())) number += 1;
  const [blank] = readDocument({ rules: [{ id: id() }] }).rules;
  return blank as ReportRule;
}

/** Source rules speak of source columns, the others of the fields of the report. */
function useRuleCompletions(phase: ReportRule["phase"]) {
  const { check } = useEditor();
  const fields = check?.fields.map((field) => ({
    name: field.name,
    type: field.inferred_type ?? field.target_type ?? "",
    native_type: "",
  }));
  return useExpressionCompletions(phase === "source" ? undefined : fields);
}
