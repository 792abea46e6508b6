import { TextInput } from "@mantine/core";
import { signInMessages as text } from "./messages";

interface EmailFieldProps {
  value: string;
  onChange: (value: string) => void;
  error?: string | undefined;
}

export function EmailField({ value, onChange, error }: EmailFieldProps) {
  return (
    <TextInput
      label={text.email}
      type="email"
      autoComplete="username"
      required
      withAsterisk={false}
      maxLength={320}
      value={value}
      error={error}
      onChange={(event) => onChange(event.currentTarget.value)}
    />
  );
}
