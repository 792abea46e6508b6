/** The form of a destination, made from the description of its kind. */
import { Accordion, Fieldset, Radio, Select, Stack, TextInput } from "@mantine/core";
import { Callout } from "@openreg/ui";
import { formMessages } from "@/forms/messages";
import { SettingsFields } from "@/forms/SettingsFields";
import type { SettingsField } from "@/forms/settingsFields";
import type { DestinationEnvironment, DestinationKind } from "./api";
import { ofOtherKind, withSetting, type DestinationValues } from "./destinationForm";
import { HOST_KEY, kindOf, KINDS } from "./kinds";
import { destinationMessages } from "./messages";
import { PolicyFields } from "./PolicyFields";
import { SignInFields } from "./SignInFields";

const text = destinationMessages.form;
const ENVIRONMENTS = ["production", "test"] as const satisfies readonly DestinationEnvironment[];

interface DestinationFieldsProps {
  kinds: DestinationKind[];
  fields: SettingsField[];
  values: DestinationValues;
  faults: Record<string, string>;
  /** Whether it is there already: its kind does not change, and what signs in may be kept. */
  isStored?: boolean;
  onChange: (values: DestinationValues) => void;
}

export function DestinationFields(props: DestinationFieldsProps) {
  const { kinds, values, faults, isStored = false, onChange } = props;
  const set = (changes: Partial<DestinationValues>) => onChange({ ...values, ...changes });
  const canBeRead = kinds.find((one) => one.kind === values.kind)?.can_be_read ?? false;
  return (
    <>
      <TextInput
        label={text.name}
        withAsterisk
        maxLength={200}
        value={values.name}
        error={faults["name"]}
        onChange={(event) => set({ name: event.currentTarget.value })}
      />
      {!isStored && (
        <Select
          label={text.kind}
          data={kinds.map((one) => ({ value: one.kind, label: destinationMessages.kindName(one.kind) }))}
          value={values.kind}
          allowDeselect={false}
          onChange={(kind) => kind && onChange(ofOtherKind(values, kindOf(kind)))}
        />
      )}
      <Radio.Group
        label={text.environment}
        value={values.environment}
        onChange={(next) =>
          set({ environment: ENVIRONMENTS.find((one) => one === next) ?? values.environment })
        }
      >
        <Stack gap="xs" pt={4}>
          {ENVIRONMENTS.map((one) => (
            <Radio
              key={one}
              value={one}
              label={destinationMessages.environmentName(one)}
              description={text.environmentHints[one]}
            />
          ))}
        </Stack>
      </Radio.Group>
      <Place {...props} />
      <Fieldset legend={text.signIn}>
        <SignInFields values={values} faults={faults} isStored={isStored} onChange={set} />
      </Fieldset>
      {canBeRead && (
        <Fieldset legend={text.answers}>
          <TextInput
            label={text.responseFolder}
            description={text.responseFolderHint}
            maxLength={1000}
            value={values.responseFolder}
            error={faults["response_folder"]}
            onChange={(event) => set({ responseFolder: event.currentTarget.value })}
          />
        </Fieldset>
      )}
      <Further {...props} />
    </>
  );
}

function parts({ values, faults, onChange }: DestinationFieldsProps, shown: SettingsField[]) {
  return {
    fields: shown,
    values: values.settings,
    faults,
    labels: text.settings,
    hints: Object.fromEntries(
      shown.map(({ name }) => [name, text.hint(values.kind, name)]).filter(([, hint]) => hint),
    ) as Record<string, string>,
    onChange: (name: string, value: DestinationValues["settings"][string]) =>
      onChange(withSetting(values, name, value)),
  };
}

function Place(props: DestinationFieldsProps) {
  const { fields, values } = props;
  const first = KINDS[values.kind].first
    .map((name) => fields.find((field) => field.name === name))
    .filter((field) => field !== undefined);
  const isReadable = values.settings["security"] === "none" || values.settings["secure"] === false;
  return (
    <Fieldset legend={text.where}>
      <Stack gap="sm">
        <SettingsFields {...parts(props, first)} />
        {isReadable && (
          <Callout
            tone="warning"
            title={text.readableOnTheWay}
            {...(values.kind === "ftp" ? { fix: text.passiveOnly } : {})}
          />
        )}
      </Stack>
    </Fieldset>
  );
}

/** What most leave as it is. */
function Further(props: DestinationFieldsProps) {
  const { fields, values, faults, onChange } = props;
  const { first } = KINDS[values.kind];
  const rest = fields.filter((field) => !first.includes(field.name) && field.name !== HOST_KEY);
  return (
    <Accordion variant="contained" multiple>
      <Accordion.Item value="policy">
        <Accordion.Control>{destinationMessages.policy.title}</Accordion.Control>
        <Accordion.Panel>
          <PolicyFields
            draft={values.policy}
            faults={faults}
            onChange={(policy) => onChange({ ...values, policy })}
          />
        </Accordion.Panel>
      </Accordion.Item>
      {rest.length > 0 && (
        <Accordion.Item value="more">
          <Accordion.Control>{formMessages.more}</Accordion.Control>
          <Accordion.Panel>
            <Stack gap="sm">
              <SettingsFields {...parts(props, rest)} />
            </Stack>
          </Accordion.Panel>
        </Accordion.Item>
      )}
    </Accordion>
  );
}
