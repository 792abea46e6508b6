/** The page of people who are not signed in: the product, and one sheet below it. */
import { Container, Paper, Stack, Title } from "@mantine/core";
import type { ReactNode } from "react";

interface EntryFrameProps {
  product: string;
  title: string;
  /** Width in pixels. */
  size?: number;
  children: ReactNode;
}

export function EntryFrame({ product, title, size = 400, children }: EntryFrameProps) {
  return (
    <Container component="main" size={size} py={64}>
      <Stack gap="md">
        <Title order={1}>{product}</Title>
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
