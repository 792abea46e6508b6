/** The way through an SSH server: where it is, who signs in there, and the host key that somebody has confirmed. */
import { Group, NumberInput, PasswordInput, Select, Stack, Switch, Text, TextInput } from "@mantine/core";
import { formMessages } from "@/forms/messages";
import { connectorMessages } from "./messages";
import { SecretPlaceField } from "./SecretPlaceField";
import { NO_SECRET, NO_TUNNEL, type TunnelMethod, type TunnelValues } from "./signIn";

const text = connectorMessages.tunnel;
const SSH_PORT = 22;

interface TunnelFieldsProps {
  value: TunnelValues | null;
  faults: Record<string, string>;
  onChange: (value: TunnelValues | null) => void;
  /** Whether its secret is stored, so that it need not be given. */
  isStored?: boolean;
}

export function TunnelFields({ value, faults, onChange, isStored = false }: TunnelFieldsProps) {
  return (
    <Stack gap="sm">
      <Switch
        label={text.use}
        checked={value !== null}
        onChange={(event) => onChange(event.currentTarget.checked ? NO_TUNNEL : null)}
      />
      {value && <Text c="dimmed">{text.hint}</Text>}
      {value && <Gate value={value} faults={faults} onChange={onChange} isStored={isStored} />}
    </Stack>
  );
}

function Gate({ value, faults, onChange, isStored = false }: TunnelFieldsProps & { value: TunnelValues }) {
  const set = (changes: Partial<TunnelValues>) => onChange({ ...value, ...changes });
  const isKey = value.method === "private_key";
  return (
    <>
      <Group gap="sm" align="flex-start" grow preventGrowOverflow={false}>
        <TextInput
          label={text.host}
          withAsterisk
          value={value.host}
          error={faults["tunnel.host"]}
          onChange={(event) => set({ host: event.currentTarget.value })}
        />
        <NumberInput
          label={text.port}
          placeholder={formMessages.default(String(SSH_PORT))}
          allowDecimal={false}
          hideControls
          min={1}
          max={65535}
          value={value.port ?? ""}
          onChange={(port) => set({ port: port === "" ? null : Number(port) })}
        />
      </Group>
      <TextInput
        label={text.username}
        withAsterisk
        autoComplete="off"
        value={value.username}
        error={faults["tunnel.username"]}
        onChange={(event) => set({ username: event.currentTarget.value })}
      />
      <Select
        label={text.method}
        data={(["private_key", "password"] as const).map((one) => ({ value: one, label: text.methods[one] }))}
        value={value.method}
        allowDeselect={false}
        onChange={(method) => set({ method: (method ?? "private_key") as TunnelMethod, secret: NO_SECRET })}
      />
      <SecretPlaceField
        label={text.methods[value.method]}
        placeLabel={text.place}
        isLong={isKey}
        isStored={isStored}
        value={value.secret}
        fault={faults["tunnel.secret"]}
        onChange={(secret) => set({ secret })}
      />
      {isKey && value.secret.text !== "" && (
        <PasswordInput
          label={text.passphrase}
          autoComplete="new-password"
          value={value.passphrase}
          onChange={(event) => set({ passphrase: event.currentTarget.value })}
        />
      )}
      <TextInput
        label={text.hostKey}
        description={text.hostKeyHint}
        classNames={{ input: "or-mono" }}
        spellCheck={false}
        value={value.hostKey}
        error={faults["tunnel.host_key_fingerprint"]}
        onChange={(event) => set({ hostKey: event.currentTarget.value.trim() })}
      />
    </>
  );
}
