/** A secret that is only ever written: what is stored is never shown, it can be replaced. */
import { Button, Group, PasswordInput, Text, Textarea } from "@mantine/core";
import { uiMessages } from "@openreg/ui";
import { useState } from "react";
import { formMessages as text } from "./messages";

interface SecretFieldProps {
  label: string;
  value: string;
  onChange: (value: string) => void;
  /** Whether one is stored already. */
  isStored?: boolean;
  isRequired?: boolean;
  isLong?: boolean;
  fault?: string | undefined;
  hint?: string;
}

export function SecretField({ isStored = false, ...field }: SecretFieldProps) {
  const [isReplacing, setIsReplacing] = useState(!isStored);
  if (isReplacing)
    return <SecretInput {...field} onKeep={isStored ? () => setIsReplacing(false) : undefined} />;
  return (
    <div>
      <Text size="sm" fw={500}>
        {field.label}
      </Text>
      <Group gap="sm">
        <Text className="or-mono">{text.stored}</Text>
        <Button variant="default" onClick={() => setIsReplacing(true)}>
          {text.replace}
        </Button>
      </Group>
    </div>
  );
}

function SecretInput({
  label,
  value,
  onChange,
  isRequired,
  isLong,
  fault,
  hint,
  onKeep,
}: Omit<SecretFieldProps, "isStored"> & { onKeep: (() => void) | undefined }) {
  const common = {
    label,
    value,
    error: fault,
    description: hint,
    withAsterisk: isRequired ?? false,
    autoComplete: "new-password",
    onChange: (event: { currentTarget: { value: string } }) => onChange(event.currentTarget.value),
  };
  return (
    <Group align="flex-end" gap="sm" wrap="nowrap">
      {isLong ? (
        <Textarea {...common} flex={1} autosize minRows={3} maxRows={8} spellCheck={false} />
      ) : (
        <PasswordInput {...common} flex={1} />
      )}
      {onKeep && (
        <Button
          variant="default"
          onClick={() => {
            onChange("");
            onKeep();
          }}
        >
          {uiMessages.cancel}
        </Button>
      )}
    </Group>
  );
}
