/** A part of a page under a heading of its own. */
import { Group, Stack, Title } from "@mantine/core";
import { useId, type ReactNode } from "react";

export function Section({ title, meta, children }: { title: string; meta?: ReactNode; children: ReactNode }) {
  const heading = useId();
  return (
    <Stack gap="sm" component="section" aria-labelledby={heading}>
      <Group gap="sm">
        <Title order={3} id={heading}>
          {title}
        </Title>
        {meta}
      </Group>
      {children}
    </Stack>
  );
}
