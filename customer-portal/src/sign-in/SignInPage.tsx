/** The way in: closed for now, so it says what will be behind it, and whether the service is there. */
import { Anchor, List, Text, Title } from "@mantine/core";
import { Callout, EntryFrame } from "@openreg/ui";
import { apiUrl } from "@/api/client";
import { messages as text } from "@/messages";
import { ServiceState } from "./ServiceState";

export function SignInPage() {
  return (
    <EntryFrame product={text.product} title={text.title} size={440}>
      <Text c="dimmed">{text.purpose}</Text>
      <Callout tone="neutral" title={text.closed} fix={text.closedFix} />
      <Title order={3} size="h4">
        {text.comes}
      </Title>
      <List spacing="xs">
        {text.coming.map((one) => (
          <List.Item key={one}>{one}</List.Item>
        ))}
      </List>
      <Anchor href={`${apiUrl}/docs`}>{text.description}</Anchor>
      <ServiceState />
    </EntryFrame>
  );
}
