/** All that can be different about a plan. */
import {
  Checkbox,
  MultiSelect,
  Text,
  SimpleGrid,
  Stack,
  TagsInput,
  Textarea,
  TextInput,
  NumberInput,
} from "@mantine/core";
import { Section } from "@openreg/ui";
import { publicationKinds } from "@/features/publications/kinds";
import { publicationMessages } from "@/features/publications/messages";
import { MOST_RATE, SCOPES, type PlanDraft } from "./draft";
import { planMessages as text } from "./messages";

const MOST_CALLS = 2_000_000_000;
const MOST_OF_EACH = 1000;
const MOST_TRIAL_DAYS = 730;

interface PlanFieldsProps {
  draft: PlanDraft;
  faults: Record<string, string>;
  readOnly: boolean;
  onChange: (changes: Partial<PlanDraft>) => void;
}

export function PlanFields({ draft, faults, readOnly, onChange }: PlanFieldsProps) {
  const number = (
    name: "rate_limit_per_minute" | "monthly_quota" | "max_keys" | "max_members" | "trial_days",
    max: number,
    min = 1,
  ) => ({
    min,
    max,
    allowDecimal: false,
    clampBehavior: "strict" as const,
    thousandSeparator: " ",
    readOnly,
    value: draft[name],
    error: faults[name],
    onChange: (value: number | string) => onChange({ [name]: value }),
  });
  return (
    <Stack gap="xl">
      <Stack gap="md">
        <TextInput
          label={text.name}
          required
          withAsterisk={false}
          maxLength={100}
          readOnly={readOnly}
          value={draft.name}
          error={faults["name"]}
          onChange={(event) => onChange({ name: event.currentTarget.value })}
        />
        <Textarea
          label={text.about}
          maxLength={500}
          autosize
          readOnly={readOnly}
          value={draft.description}
          error={faults["description"]}
          onChange={(event) => onChange({ description: event.currentTarget.value })}
        />
      </Stack>
      <Section title={text.limits}>
        <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="md">
          <NumberInput
            label={text.rate}
            description={text.rateHint(MOST_RATE)}
            required
            withAsterisk={false}
            {...number("rate_limit_per_minute", MOST_RATE)}
          />
          <NumberInput
            label={text.quota}
            description={text.quotaHint}
            {...number("monthly_quota", MOST_CALLS)}
          />
          <NumberInput
            label={text.keys}
            required
            withAsterisk={false}
            {...number("max_keys", MOST_OF_EACH)}
          />
          <NumberInput
            label={text.members}
            required
            withAsterisk={false}
            {...number("max_members", MOST_OF_EACH)}
          />
        </SimpleGrid>
      </Section>
      <Section title={text.reads}>
        <Checkbox.Group
          label={text.scopes}
          value={draft.scopes}
          readOnly={readOnly}
          error={faults["scopes"]}
          onChange={(scopes) => onChange({ scopes })}
        >
          <Stack gap="xs" pt="xs">
            {SCOPES.map((scope) => (
              <Checkbox
                key={scope}
                value={scope}
                disabled={readOnly}
                label={text.scopeNames[scope]}
                description={scope}
              />
            ))}
          </Stack>
        </Checkbox.Group>
        <MultiSelect
          label={text.kinds}
          description={text.kindsHint}
          readOnly={readOnly}
          data={publicationKinds.map((kind) => ({ value: kind, label: publicationMessages.kinds[kind] }))}
          value={draft.kinds ?? []}
          error={faults["kinds"]}
          onChange={(chosen) => {
            const kinds = publicationKinds.filter((kind) => chosen.includes(kind));
            onChange({ kinds: kinds.length > 0 ? kinds : null });
          }}
        />
        {draft.publication_ids && <Text size="sm">{text.onlySome(draft.publication_ids.length)}</Text>}
        <TagsInput
          label={text.regimes}
          description={text.regimesHint}
          readOnly={readOnly}
          value={draft.regimes}
          error={faults["regimes"]}
          onChange={(regimes) => onChange({ regimes })}
        />
      </Section>
      <Section title={text.costs}>
        <SimpleGrid cols={{ base: 1, sm: 2 }}>
          <TextInput
            label={text.price}
            description={text.priceHint}
            maxLength={255}
            readOnly={readOnly}
            value={draft.stripe_price_id ?? ""}
            error={faults["stripe_price_id"]}
            onChange={(event) => onChange({ stripe_price_id: event.currentTarget.value.trim() || null })}
          />
          <NumberInput
            label={text.trialDays}
            description={text.trialHint}
            {...number("trial_days", MOST_TRIAL_DAYS, 0)}
          />
        </SimpleGrid>
      </Section>
      <Section title={text.offer}>
        <Checkbox
          label={text.offered}
          disabled={readOnly}
          checked={draft.is_offered}
          onChange={(event) => onChange({ is_offered: event.currentTarget.checked })}
        />
        <Checkbox
          label={text.default}
          description={text.defaultHint}
          disabled={readOnly}
          checked={draft.is_default}
          onChange={(event) => onChange({ is_default: event.currentTarget.checked })}
        />
      </Section>
    </Stack>
  );
}
