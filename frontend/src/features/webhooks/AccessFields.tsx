/** Headers, authentication and certificates of an endpoint. What is stored is never shown: it stays, or is given anew. */
import { Button, Fieldset, Group, SegmentedControl, Select, Stack, Text, TextInput } from "@mantine/core";
import { SecretField } from "@/forms/SecretField";
import { CertificateFields } from "./CertificateFields";
import { Kept, KeepButton } from "./KeptPart";
import { AUTHENTICATIONS, type AccessDraft, type HeaderDraft, type ShownAccess } from "./accessDraft";
import { accessMessages as text } from "./accessMessages";

export interface AccessFieldsProps {
  draft: AccessDraft;
  faults: Record<string, string>;
  /** What is stored, where something is. */
  shown?: ShownAccess | undefined;
  onChange: (draft: AccessDraft) => void;
}

export function AccessFields(props: AccessFieldsProps) {
  return (
    <Stack gap="md">
      <Headers {...props} />
      <Authentication {...props} />
      <CertificateFields {...props} />
    </Stack>
  );
}

function Headers({ draft, faults, onChange }: AccessFieldsProps) {
  const set = (headers: HeaderDraft[]) => onChange({ ...draft, headers });
  const change = (row: number, changes: Partial<HeaderDraft>) =>
    set(draft.headers.map((one, at) => (at === row ? { ...one, ...changes } : one)));
  return (
    <Fieldset legend={text.headers}>
      <Stack gap="sm">
        <Text size="sm" c="dimmed">
          {text.headersHint}
        </Text>
        {draft.headers.map((one, row) => (
          <Group key={row} gap="sm" align="flex-end" wrap="nowrap">
            <TextInput
              label={text.headerName(row + 1)}
              value={one.name}
              readOnly={one.isStored}
              error={faults[`headers.${row}`] ?? faults[one.name]}
              spellCheck={false}
              flex={1}
              onChange={(event) => change(row, { name: event.currentTarget.value })}
            />
            <div style={{ flex: 1 }}>
              <SecretField
                label={text.headerValue(row + 1)}
                value={one.value}
                isStored={one.isStored}
                onChange={(value) => change(row, { value })}
              />
            </div>
            <Button
              variant="default"
              aria-label={text.removeHeader(one.name || String(row + 1))}
              onClick={() => set(draft.headers.filter((_, at) => at !== row))}
            >
              {text.remove}
            </Button>
          </Group>
        ))}
        {(faults["headers"] ?? faults["[key]"]) && (
          <Text size="sm" c="red" role="alert">
            {faults["headers"] ?? faults["[key]"]}
          </Text>
        )}
        <Group>
          <Button
            variant="default"
            onClick={() => set([...draft.headers, { name: "", value: "", isStored: false }])}
          >
            {text.addHeader}
          </Button>
        </Group>
      </Stack>
    </Fieldset>
  );
}

function Authentication({ draft, faults, shown, onChange }: AccessFieldsProps) {
  const set = (changes: Partial<AccessDraft>) => onChange({ ...draft, ...changes });
  const stored = shown?.authentication;
  if (stored && draft.keepsAuthentication) {
    return (
      <Fieldset legend={text.authentication}>
        <Kept
          told={text.stored(stored.kind, stored.username ?? stored.client_id ?? "")}
          onReplace={() => set({ keepsAuthentication: false })}
        />
      </Fieldset>
    );
  }
  return (
    <Fieldset legend={text.authentication}>
      <Stack gap="sm">
        <SegmentedControl
          aria-label={text.authentication}
          data={AUTHENTICATIONS.map((value) => ({ value, label: text.kinds[value] }))}
          value={draft.authentication}
          onChange={(next) => set({ authentication: AUTHENTICATIONS.find((one) => one === next) ?? "none" })}
        />
        {draft.authentication === "basic" && (
          <>
            <TextInput
              label={text.username}
              withAsterisk
              autoComplete="off"
              value={draft.username}
              error={faults["username"]}
              onChange={(event) => set({ username: event.currentTarget.value })}
            />
            <SecretField
              label={text.password}
              isRequired
              value={draft.password}
              fault={faults["password"]}
              onChange={(password) => set({ password })}
            />
          </>
        )}
        {draft.authentication === "oauth2" && <OAuth2 draft={draft} faults={faults} onChange={set} />}
        {stored && <KeepButton onKeep={() => set({ keepsAuthentication: true })} />}
      </Stack>
    </Fieldset>
  );
}

interface OAuth2Props {
  draft: AccessDraft;
  faults: Record<string, string>;
  onChange: (changes: Partial<AccessDraft>) => void;
}

function OAuth2({ draft, faults, onChange }: OAuth2Props) {
  return (
    <>
      <TextInput
        type="url"
        label={text.tokenUrl}
        description={text.tokenUrlHint}
        withAsterisk
        value={draft.tokenUrl}
        error={faults["token_url"]}
        onChange={(event) => onChange({ tokenUrl: event.currentTarget.value })}
      />
      <TextInput
        label={text.clientId}
        withAsterisk
        autoComplete="off"
        value={draft.clientId}
        error={faults["client_id"]}
        onChange={(event) => onChange({ clientId: event.currentTarget.value })}
      />
      <SecretField
        label={text.clientSecret}
        isRequired
        value={draft.clientSecret}
        fault={faults["client_secret"]}
        onChange={(clientSecret) => onChange({ clientSecret })}
      />
      <TextInput
        label={text.scope}
        description={text.scopeHint}
        value={draft.scope}
        error={faults["scope"]}
        onChange={(event) => onChange({ scope: event.currentTarget.value })}
      />
      <Select
        label={text.sentIn}
        data={[
          { value: "header", label: text.sentInHeader },
          { value: "body", label: text.sentInBody },
        ]}
        value={draft.sentIn}
        allowDeselect={false}
        onChange={(value) => onChange({ sentIn: value === "body" ? "body" : "header" })}
      />
    </>
  );
}
