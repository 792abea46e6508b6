/** Whom we trust at an endpoint, and the certificate we show there. */
import { Fieldset, Stack, Text, Textarea } from "@mantine/core";
import { SecretField } from "@/forms/SecretField";
import type { AccessDraft } from "./accessDraft";
import type { AccessFieldsProps } from "./AccessFields";
import { accessMessages as text } from "./accessMessages";
import { Kept, KeepButton } from "./KeptPart";

export function CertificateFields({ draft, faults, shown, onChange }: AccessFieldsProps) {
  const set = (changes: Partial<AccessDraft>) => onChange({ ...draft, ...changes });
  const authorities = shown?.ca_certificates ?? [];
  const own = shown?.client_certificate;
  return (
    <Fieldset legend={text.certificates}>
      <Stack gap="md">
        {authorities.length > 0 && draft.keepsAuthorities ? (
          <Kept
            label={text.authorities}
            told={authorities.map((one) => (
              <Text key={one.sha256}>{text.certificate(one.subject, one.expires_at)}</Text>
            ))}
            onReplace={() => set({ keepsAuthorities: false })}
          />
        ) : (
          <>
            <Pem
              label={text.authorities}
              hint={text.authoritiesHint}
              value={draft.authorities}
              fault={faults["ca_certificates"]}
              onChange={(value) => set({ authorities: value })}
            />
            {authorities.length > 0 && (
              <KeepButton onKeep={() => set({ keepsAuthorities: true, authorities: "" })} />
            )}
          </>
        )}
        {own && draft.keepsCertificate ? (
          <Kept
            label={text.ownCertificate}
            told={text.certificate(own.subject, own.expires_at)}
            onReplace={() => set({ keepsCertificate: false })}
          />
        ) : (
          <>
            <Pem
              label={text.ownCertificate}
              hint={text.ownCertificateHint}
              value={draft.certificate}
              fault={faults["certificate"] ?? faults["client_certificate"]}
              onChange={(value) => set({ certificate: value })}
            />
            <SecretField
              label={text.privateKey}
              hint={text.privateKeyHint}
              isLong
              value={draft.privateKey}
              fault={faults["private_key"]}
              onChange={(privateKey) => set({ privateKey })}
            />
            {own && (
              <KeepButton onKeep={() => set({ keepsCertificate: true, certificate: "", privateKey: "" })} />
            )}
          </>
        )}
      </Stack>
    </Fieldset>
  );
}

interface PemProps {
  label: string;
  hint: string;
  value: string;
  fault?: string | undefined;
  onChange: (value: string) => void;
}

function Pem({ label, hint, value, fault, onChange }: PemProps) {
  return (
    <Textarea
      label={label}
      description={hint}
      autosize
      minRows={3}
      maxRows={8}
      spellCheck={false}
      value={value}
      error={fault}
      onChange={(event) => onChange(event.currentTarget.value)}
    />
  );
}
