/** A private key, with its passphrase, or a password. */
import { SegmentedControl, Stack } from "@mantine/core";
import { SecretField } from "@/forms/SecretField";
import { destinationMessages } from "./messages";

const text = destinationMessages.form;

export interface SftpCredentialValues {
  method: "private_key" | "password";
  private_key: string;
  passphrase: string;
  password: string;
}

export const NO_CREDENTIALS: SftpCredentialValues = {
  method: "private_key",
  private_key: "",
  passphrase: "",
  password: "",
};

/** What is sent: only what belongs to the chosen method. */
export function credentialsOf(values: SftpCredentialValues): Record<string, string> {
  if (values.method === "password") return values.password === "" ? {} : { password: values.password };
  if (values.private_key.trim() === "") return {};
  const key = { private_key: values.private_key };
  return values.passphrase === "" ? key : { ...key, passphrase: values.passphrase };
}

interface SftpCredentialsProps {
  values: SftpCredentialValues;
  fault: string | undefined;
  onChange: (values: SftpCredentialValues) => void;
}

export function SftpCredentials({ values, fault, onChange }: SftpCredentialsProps) {
  return (
    <Stack gap="sm">
      <SegmentedControl
        aria-label={text.method}
        data={[
          { value: "private_key", label: text.key },
          { value: "password", label: text.password },
        ]}
        value={values.method}
        onChange={(method) =>
          onChange({ ...values, method: method === "password" ? "password" : "private_key" })
        }
      />
      {values.method === "password" ? (
        <SecretField
          label={text.password}
          hint={text.passwordHint}
          isRequired
          fault={fault}
          value={values.password}
          onChange={(password) => onChange({ ...values, password })}
        />
      ) : (
        <>
          <SecretField
            label={text.key}
            hint={text.keyHint}
            isRequired
            isLong
            fault={fault}
            value={values.private_key}
            onChange={(private_key) => onChange({ ...values, private_key })}
          />
          <SecretField
            label={text.passphrase}
            value={values.passphrase}
            onChange={(passphrase) => onChange({ ...values, passphrase })}
          />
        </>
      )}
    </Stack>
  );
}
