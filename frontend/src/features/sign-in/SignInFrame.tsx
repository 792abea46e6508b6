/** The frame around the pages for people who are not signed in. */
import { Container, Paper, Stack, Title } from "@mantine/core";
import { useDocumentTitle } from "@mantine/hooks";
import type { ReactNode } from "react";
import { shellMessages } from "@/shell/messages";

export function SignInFrame({ title, children }: { title: string; children: ReactNode }) {
  useDocumentTitle(`${title} – ${shellMessages.product}`);
  return (
    <Container component="main" size={400} py={64}>
      <Stack gap="md">
        <Title order={1}>{shellMessages.product}</Title>
        <Paper withBorder p="xl">
          <Stack gap="md">
            <Title order={2}>{title}</Title>
            {children}
          </Stack>
        </Paper>
      </Stack>
    </Container>
  );
}
