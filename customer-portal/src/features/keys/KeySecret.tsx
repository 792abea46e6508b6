import { Text } from "@mantine/core";
import { SecretReveal } from "@openreg/ui";
import { FirstCall } from "@/features/overview/FirstCall";
import type { MadeKey } from "./api";
import { keyMessages as text } from "./messages";

/** The secret, once, with a first call that is ready to be pasted. */
export function KeySecret({ made, onClose }: { made: MadeKey | null; onClose: () => void }) {
  return (
    <SecretReveal
      secret={made?.secret ?? null}
      title={made ? text.secretTitle(made.name) : ""}
      onClose={onClose}
    >
      <Text>{text.firstCall}</Text>
      <FirstCall secret={made?.secret ?? null} />
    </SecretReveal>
  );
}
