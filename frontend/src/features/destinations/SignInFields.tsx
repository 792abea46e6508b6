/** What signs in at a destination. What is stored is never shown: it is kept, or given anew as a whole. */
import { Button, Group, SegmentedControl, Stack, Text } from "@mantine/core";
import { SecretField } from "@/forms/SecretField";
import type { DestinationValues } from "./destinationForm";
import { KINDS } from "./kinds";
import { destinationMessages } from "./messages";

const text = destinationMessages.form;
const METHODS = ["private_key", "password", "both"] as const;

interface SignInFieldsProps {
  values: DestinationValues;
  faults: Record<string, string>;
  /** Whether something is stored that can be kept. */
  isStored: boolean;
  onChange: (changes: Partial<DestinationValues>) => void;
}

export function SignInFields({ values, faults, isStored, onChange }: SignInFieldsProps) {
  if (values.kind === "folder") return <Text c="dimmed">{text.noSignIn}</Text>;
  if (!values.givesSecrets) {
    return (
      <Stack gap="xs">
        <Group gap="sm">
          <Text>{text.storedSignIn}</Text>
          <Button variant="default" onClick={() => onChange({ givesSecrets: true })}>
            {text.replace}
          </Button>
        </Group>
        {faults["credentials"] && (
          <Text size="sm" c="red" role="alert">
            {faults["credentials"]}
          </Text>
        )}
      </Stack>
    );
  }
  return (
    <Stack gap="sm">
      {values.kind === "sftp" ? (
        <SshSecrets values={values} faults={faults} onChange={onChange} />
      ) : (
        <Secrets names={KINDS[values.kind].secrets} values={values} faults={faults} onChange={onChange} />
      )}
      {isStored && (
        <Group>
          <Button variant="default" onClick={() => onChange({ givesSecrets: false, secrets: {} })}>
            {text.keep}
          </Button>
        </Group>
      )}
    </Stack>
  );
}

type PartProps = Pick<SignInFieldsProps, "values" | "faults" | "onChange">;

function SshSecrets(props: PartProps) {
  const { method } = props.values;
  const key = [
    { name: "private_key", isRequired: true },
    { name: "passphrase", isRequired: false },
  ];
  const password = [{ name: "password", isRequired: true }];
  return (
    <>
      <SegmentedControl
        aria-label={text.method}
        data={METHODS.map((one) => ({ value: one, label: text.methods[one] }))}
        value={method}
        onChange={(next) => props.onChange({ method: METHODS.find((one) => one === next) ?? "private_key" })}
      />
      <Secrets
        {...props}
        names={method === "password" ? password : method === "both" ? [...key, ...password] : key}
      />
    </>
  );
}

function Secrets({
  names,
  values,
  faults,
  onChange,
}: PartProps & { names: readonly { name: string; isRequired: boolean }[] }) {
  return names.map(({ name, isRequired }) => (
    <SecretField
      key={name}
      label={text.secrets[name] ?? name}
      {...(name === "passphrase" ? {} : { hint: name === "private_key" ? text.keyHint : text.secretHint })}
      isRequired={isRequired}
      isLong={name === "private_key"}
      fault={faults[`secret.${name}`]}
      value={values.secrets[name] ?? ""}
      onChange={(value) => onChange({ secrets: { ...values.secrets, [name]: value } })}
    />
  ));
}
