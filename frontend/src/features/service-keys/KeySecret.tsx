import { Code, Text } from "@mantine/core";
import { SecretReveal } from "@openreg/ui";
import { apiUrl } from "@/api/client";
import type { Schema } from "@/api/types";
import { serviceKeyMessages as text } from "./messages";

export type MadeKey = Schema<"ServiceKeyMade">;

/** The secret, once, with a first call to try it. The call names a variable: the secret stands in no history. */
export function KeySecret({ made, onClose }: { made: MadeKey | null; onClose: () => void }) {
  return (
    <SecretReveal
      secret={made?.secret ?? null}
      title={made ? text.secretTitle(made.name) : ""}
      onClose={onClose}
    >
      <Text>{text.firstCall}</Text>
      <Code block className="or-mono" tabIndex={0} aria-label={text.firstCall}>
        {`curl ${apiUrl}/api/v1/runs -H "Authorization: Bearer $OPENREG_API_KEY"`}
      </Code>
    </SecretReveal>
  );
}
