/** A password as it is typed: can be shown, warns of Caps Lock, and lets password managers work. */
import { PasswordInput } from "@mantine/core";
import { useState, type KeyboardEvent } from "react";
import { uiMessages as text } from "../messages";

interface PasswordProps {
  label: string;
  value: string;
  onChange: (value: string) => void;
  autoComplete: "current-password" | "new-password";
  description?: string;
  error?: string | undefined;
}

export function Password({ label, value, onChange, autoComplete, description, error }: PasswordProps) {
  const [isCapsLock, setIsCapsLock] = useState(false);
  return (
    <PasswordInput
      label={label}
      autoComplete={autoComplete}
      required
      withAsterisk={false}
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
      onKeyUp={(event: KeyboardEvent) => setIsCapsLock(event.getModifierState("CapsLock"))}
      description={isCapsLock ? text.capsLock : description}
      error={error}
      visibilityToggleButtonProps={{ "aria-label": text.showPassword }}
    />
  );
}
