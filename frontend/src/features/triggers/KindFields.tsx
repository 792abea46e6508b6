/** What a trigger waits for, by its kind. */
import { Group, MultiSelect, NumberInput, Select, Text, Textarea, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { connectorsQuery } from "@/features/report-editor/api";
import { destinationsQuery } from "@/features/destinations/api";
import { startableReportsQuery } from "@/features/runs/api";
import type { Draft, FieldsProps } from "./definition";
import { triggerMessages } from "./messages";

const text = triggerMessages.form;

export function KindFields(props: FieldsProps) {
  switch (props.draft.kind) {
    case "file_arrival":
      return <FileFields {...props} />;
    case "watermark":
      return <WatermarkFields {...props} />;
    case "run_event":
      return <RunFields {...props} />;
    default:
      return (
        <Text size="sm" c="dimmed">
          {text.apiHint}
        </Text>
      );
  }
}

function FileFields({ draft, put }: FieldsProps) {
  const destinations = useQuery(destinationsQuery({})).data?.items ?? [];
  return (
    <>
      <Select
        label={text.destination}
        description={text.destinationHint}
        withAsterisk
        searchable
        data={destinations
          .filter((one) => one.kind !== "email")
          .map((one) => ({ value: one.id, label: one.name }))}
        value={draft.destination}
        onChange={(destination) => put({ destination })}
      />
      <TextInput
        label={text.folder}
        description={text.folderHint}
        value={draft.folder}
        onChange={(event) => put({ folder: event.currentTarget.value })}
      />
      <TextInput
        label={text.pattern}
        description={text.patternHint}
        value={draft.pattern}
        onChange={(event) => put({ pattern: event.currentTarget.value })}
      />
      <Group gap="md" grow align="flex-end">
        <NumberInput
          label={text.settleSeconds}
          description={text.settleHint}
          min={1}
          max={3600}
          value={draft.settleSeconds}
          onChange={(settleSeconds) => typeof settleSeconds === "number" && put({ settleSeconds })}
        />
        <NumberInput
          label={text.everySeconds}
          description={" "}
          min={10}
          max={86400}
          value={draft.everySeconds}
          onChange={(everySeconds) => typeof everySeconds === "number" && put({ everySeconds })}
        />
      </Group>
      <Select
        label={text.existing}
        data={text.existingChoices}
        allowDeselect={false}
        value={draft.existing}
        onChange={(existing) => existing && put({ existing: existing as Draft["existing"] })}
      />
    </>
  );
}

function WatermarkFields({ draft, put }: FieldsProps) {
  const connectors = useQuery(connectorsQuery()).data?.items ?? [];
  return (
    <>
      <Select
        label={text.connector}
        withAsterisk
        searchable
        data={connectors.map((one) => ({ value: one.id, label: one.name }))}
        value={draft.connector}
        onChange={(connector) => put({ connector })}
      />
      <Textarea
        label={text.query}
        description={text.queryHint}
        withAsterisk
        autosize
        minRows={2}
        classNames={{ input: "or-mono" }}
        value={draft.query}
        onChange={(event) => put({ query: event.currentTarget.value })}
      />
      <NumberInput
        label={text.everyMinutes}
        description={text.everyMinutesHint}
        min={1}
        max={1440}
        value={draft.everyMinutes}
        onChange={(everyMinutes) => typeof everyMinutes === "number" && put({ everyMinutes })}
      />
    </>
  );
}

function RunFields({ draft, put }: FieldsProps) {
  const reports = useQuery(startableReportsQuery()).data?.items ?? [];
  return (
    <>
      <Select
        label={text.after}
        description={text.afterHint}
        withAsterisk
        searchable
        data={reports.map((one) => ({ value: one.id, label: one.name }))}
        value={draft.report}
        onChange={(report) => put({ report })}
      />
      <MultiSelect
        label={text.states}
        description={text.carried}
        withAsterisk
        data={text.stateChoices}
        value={draft.states}
        onChange={(states) => put({ states })}
      />
    </>
  );
}
