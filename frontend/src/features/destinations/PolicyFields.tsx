/** How a destination is served: tries, pace, and what goes along with each file. */
import { Fieldset, NumberInput, SimpleGrid, Stack, Switch, Text, Textarea, TextInput } from "@mantine/core";
import { destinationMessages } from "./messages";
import { usualControlFile, waitsOf, type PolicyDraft } from "./policyDraft";

const text = destinationMessages.policy;

type NumberName =
  | "attempts"
  | "first_delay_seconds"
  | "longest_delay_seconds"
  | "jitter_percent"
  | "deadline_minutes"
  | "max_transfers"
  | "kilobytes_per_second"
  | "files_per_minute";

interface Limits {
  min: number;
  max: number;
  hint?: string;
  /** Empty is no limit. */
  isOptional?: boolean;
}

/** As the server has them. */
const RETRIES: Record<string, Limits> = {
  attempts: { min: 1, max: 50 },
  deadline_minutes: { min: 1, max: 20_160 },
  first_delay_seconds: { min: 1, max: 3600 },
  longest_delay_seconds: { min: 1, max: 86_400 },
  jitter_percent: { min: 0, max: 100, hint: text.jitterHint },
};
const PACE: Record<string, Limits> = {
  max_transfers: { min: 1, max: 64 },
  kilobytes_per_second: { min: 2, max: 10_000_000, isOptional: true },
  files_per_minute: { min: 1, max: 6000, isOptional: true },
};

interface PolicyFieldsProps {
  draft: PolicyDraft;
  faults: Record<string, string>;
  onChange: (draft: PolicyDraft) => void;
}

export function PolicyFields({ draft, faults, onChange }: PolicyFieldsProps) {
  const numbers = (fields: Record<string, Limits>) =>
    Object.entries(fields).map(([field, limits]) => {
      const name = field as NumberName;
      return (
        <NumberInput
          key={name}
          label={text[name]}
          description={limits.hint}
          withAsterisk={!limits.isOptional}
          {...(limits.isOptional ? { placeholder: text.noLimit } : {})}
          allowDecimal={name === "kilobytes_per_second"}
          hideControls
          min={limits.min}
          max={limits.max}
          error={faults[name]}
          value={draft[name] ?? ""}
          onChange={(next) => onChange({ ...draft, [name]: next === "" ? null : Number(next) })}
        />
      );
    });
  return (
    <Stack gap="md">
      <Text c="dimmed">{text.usual}</Text>
      <Fieldset legend={text.retries}>
        <Stack gap="sm">
          <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="sm">
            {numbers(RETRIES)}
          </SimpleGrid>
          <Text size="sm" role="status">
            {text.summary(waitsOf(draft), draft.deadline_minutes)}
          </Text>
        </Stack>
      </Fieldset>
      <Fieldset legend={text.pace}>
        <Stack gap="sm">
          <SimpleGrid cols={{ base: 1, sm: 3 }} spacing="sm">
            {numbers(PACE)}
          </SimpleGrid>
          <Text size="sm" c="dimmed">
            {text.overAll}
          </Text>
        </Stack>
      </Fieldset>
      <Fieldset legend={text.along}>
        <Companions draft={draft} faults={faults} onChange={onChange} />
      </Fieldset>
    </Stack>
  );
}

function Companions({ draft, faults, onChange }: PolicyFieldsProps) {
  const control = draft.control_file;
  return (
    <Stack gap="sm">
      <Switch
        label={text.checksum}
        description={text.checksumHint}
        checked={draft.checksum_file}
        onChange={(event) => onChange({ ...draft, checksum_file: event.currentTarget.checked })}
      />
      <Switch
        label={text.control}
        description={text.controlHint}
        checked={control !== null}
        onChange={(event) =>
          onChange({ ...draft, control_file: event.currentTarget.checked ? usualControlFile : null })
        }
      />
      {control && (
        <>
          <TextInput
            label={text.controlName}
            description={text.controlNameHint}
            withAsterisk
            maxLength={200}
            error={faults["control_name"]}
            value={control.name}
            onChange={(event) =>
              onChange({ ...draft, control_file: { ...control, name: event.currentTarget.value } })
            }
          />
          <Textarea
            label={text.controlContent}
            description={text.controlContentHint}
            withAsterisk
            autosize
            minRows={4}
            maxLength={4000}
            spellCheck={false}
            error={faults["control_content"]}
            value={control.content}
            onChange={(event) =>
              onChange({ ...draft, control_file: { ...control, content: event.currentTarget.value } })
            }
          />
        </>
      )}
    </Stack>
  );
}
