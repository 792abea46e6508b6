/** The ways that the files of a report go, and what should be known of them. */
import { Button, Group, Radio, Stack, Text } from "@mantine/core";
import { Callout, Section, showDone } from "@openreg/ui";
import { IconPlus } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useMay } from "@/features/account/api";
import { destinationsQuery } from "./api";
import { approvals, type ReportRoute } from "./document";
import { useEditor } from "./EditorContext";
import { RouteCard } from "./RouteCard";
import { routeMessages as text } from "./routeMessages";
import { nextRoute } from "./routes";

export function Routes() {
  const { document, check, change } = useEditor();
  const routes = document.deliver_to;
  const mayRead = useMay("destinations:read");
  const destinations = useQuery({ ...destinationsQuery(), enabled: mayRead }).data?.items ?? [];

  function set(index: number, route: ReportRoute) {
    change({ deliver_to: routes.map((one, place) => (place === index ? route : one)) });
  }

  function remove(index: number) {
    const before = routes;
    change({ deliver_to: routes.filter((_, place) => place !== index) });
    showDone(text.removed, () => change({ deliver_to: before }));
  }

  return (
    <Section title={text.title}>
      <Text c="dimmed">{text.hint}</Text>
      {routes.map((route, index) => (
        <RouteCard
          // Routes have no identity but their place.
          key={index}
          index={index}
          route={route}
          destinations={destinations}
          onChange={(changed) => set(index, changed)}
          onRemove={() => remove(index)}
        />
      ))}
      {check?.notices.map((notice) => (
        <Callout key={notice.detail} tone="warning" title={notice.detail} />
      ))}
      <Group>
        <Button
          variant="default"
          leftSection={<IconPlus size={14} aria-hidden />}
          onClick={() => change({ deliver_to: [...routes, nextRoute(routes)] })}
        >
          {text.add}
        </Button>
      </Group>
    </Section>
  );
}

export function SubmissionTerms() {
  const { document, change } = useEditor();
  return (
    <Section title={text.approvalTitle}>
      <Radio.Group
        label={text.approval}
        value={document.submission?.approval ?? "none"}
        onChange={(value) => {
          const approval = approvals.find((one) => one === value) ?? "none";
          change({ submission: { ...document.submission, approval } });
        }}
      >
        <Stack gap="sm" pt="xs">
          {approvals.map((one) => (
            <Radio
              key={one}
              value={one}
              label={text.approvals[one].label}
              description={text.approvals[one].text}
            />
          ))}
        </Stack>
      </Radio.Group>
    </Section>
  );
}
