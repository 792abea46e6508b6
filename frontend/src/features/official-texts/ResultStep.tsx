/** What the import did, and where it is seen. */
import { Group, Text } from "@mantine/core";
import { Callout, LinkButton } from "@openreg/ui";
import type { ImportOutcome } from "./api";
import { bringMessages, officialMessages } from "./messages";

const text = bringMessages.result;

export function ResultStep({ done }: { done: ImportOutcome }) {
  const listed = done.imported ?? done.before;
  return (
    <Callout
      tone={done.imported ? "success" : "neutral"}
      role="status"
      title={done.imported ? text.done(done.imported.number) : text.same}
      actions={
        <Group gap="sm">
          {listed && (
            <LinkButton to="/official-texts/$listId" params={{ listId: listed.id }} search={{}}>
              {text.open}
            </LinkButton>
          )}
          <LinkButton to="/rules" search={{}} variant="default">
            {text.rules}
          </LinkButton>
        </Group>
      }
    >
      {done.imported && (
        <Text>
          {officialMessages.counts(done.imported.added, done.imported.changed, done.imported.withdrawn)}
        </Text>
      )}
    </Callout>
  );
}
