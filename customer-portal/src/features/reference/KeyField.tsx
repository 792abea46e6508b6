/** The key that calls are tried with. */
import { Group, PasswordInput } from "@mantine/core";
import { LinkButton, uiMessages } from "@openreg/ui";
import { useMay } from "@/features/account/api";
import { takeKey, useKeyAtHand } from "@/features/keys/keyAtHand";
import { referenceMessages as text } from "./messages";

export function KeyField() {
  const secret = useKeyAtHand();
  const mayCreate = useMay("keys:write");
  return (
    <Group align="flex-end" gap="sm">
      <PasswordInput
        label={text.key}
        description={text.keyHint}
        autoComplete="off"
        spellCheck={false}
        flex="1 1 280px"
        maw={520}
        value={secret ?? ""}
        onChange={(event) => takeKey(event.currentTarget.value)}
        visibilityToggleButtonProps={{ "aria-label": uiMessages.showSecret }}
      />
      {secret === null && mayCreate && (
        <LinkButton variant="default" to="/keys" search={{ create: true }}>
          {text.toKeys}
        </LinkButton>
      )}
    </Group>
  );
}
