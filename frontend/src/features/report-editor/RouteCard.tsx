/** One way that files go: where to, what they are there, which files and on which days. */
import { Group, MultiSelect, NumberInput, Select, Text, TextInput } from "@mantine/core";
import { Callout } from "@openreg/ui";
import { useId } from "react";
import type { Destination, Fault } from "./api";
import { routeRoles, type ReportRoute } from "./document";
import styles from "./editor.module.css";
import { useEditor } from "./EditorContext";
import { editorMessages } from "./messages";
import { choiceOf } from "./outputFormat";
import { faultText } from "./places";
import { RemoveButton } from "./RemoveButton";
import { routeMessages as text } from "./routeMessages";
import { chosenPlaces, lostNames, withCondition, withFiles, type RouteCondition } from "./routes";
import { routeSentence } from "./routeSentence";
import { useFaultsAt } from "./useExpressions";

interface RouteCardProps {
  index: number;
  route: ReportRoute;
  destinations: readonly Destination[];
  onChange: (route: ReportRoute) => void;
  onRemove: () => void;
}

export function RouteCard({ index, route, destinations, onChange, onRemove }: RouteCardProps) {
  const { document } = useEditor();
  const title = useId();
  const faults = useFaultsAt(`/deliver_to/${index}`);
  const known = destinations.map((one) => ({
    value: one.id,
    label: text.labelled(one.name, text.environments[one.environment]),
  }));
  const isUnknown = route.destination_id !== "" && !known.some((one) => one.value === route.destination_id);
  const unchosen = faults.find(isAboutDestination);
  const others = faults.filter((fault) => !isAboutDestination(fault));
  return (
    <div className={styles.card} role="group" aria-labelledby={title}>
      <Group justify="space-between" wrap="nowrap">
        <div>
          <Text fw={600} id={title}>
            {text.number(index + 1)}
          </Text>
          <Text c="dimmed" size="sm">
            {routeSentence(route, document.outputs, destinations)}
          </Text>
        </div>
        <RemoveButton label={text.remove(index + 1)} onClick={onRemove} />
      </Group>
      <div className={styles.pair}>
        <Select
          label={text.destination}
          placeholder={text.chooseDestination}
          data={isUnknown ? [...known, { value: route.destination_id, label: route.destination_id }] : known}
          value={route.destination_id || null}
          error={unchosen && faultText(unchosen)}
          searchable
          onChange={(value) => onChange({ ...route, destination_id: value ?? "" })}
        />
        <Select
          label={text.role}
          data={routeRoles.map((one) => ({ value: one, label: text.roles[one] }))}
          value={route.role}
          allowDeselect={false}
          onChange={(value) =>
            onChange({ ...route, role: routeRoles.find((one) => one === value) ?? route.role })
          }
        />
      </div>
      <Text c="dimmed" size="sm">
        {text.roleHints[route.role]}
      </Text>
      <Files index={index} route={route} />
      <div className={styles.pair}>
        <Runs route={route} onChange={onChange} />
        <Select
          label={text.records}
          data={(["any", "some", "none"] as const).map((one) => ({
            value: one,
            label: text.recordChoices[one],
          }))}
          value={route.when?.records ?? "any"}
          allowDeselect={false}
          onChange={(value) => onChange(withCondition(route, { records: knownOr(value, "some", "none") }))}
        />
      </div>
      <div className={styles.pair}>
        <TextInput
          label={text.fileName}
          description={text.fileNameHint}
          maxLength={150}
          value={route.when?.file_name ?? ""}
          onChange={(event) =>
            onChange(withCondition(route, { file_name: event.currentTarget.value || undefined }))
          }
        />
        <NumberInput
          label={text.part}
          description={text.partHint}
          min={1}
          allowDecimal={false}
          hideControls
          value={route.when?.part ?? ""}
          onChange={(value) =>
            onChange(withCondition(route, { part: typeof value === "number" ? value : undefined }))
          }
        />
      </div>
      {others.map((fault) => (
        <Callout key={fault.detail} tone="failed" title={faultText(fault)} />
      ))}
    </div>
  );
}

function Files({ index, route }: Pick<RouteCardProps, "index" | "route">) {
  const { document, change } = useEditor();
  const lost = lostNames(route, document.outputs);
  const places = chosenPlaces(route, document.outputs);
  return (
    <MultiSelect
      label={text.files}
      placeholder={places.length + lost.length === 0 ? text.allFiles : undefined}
      data={[
        ...document.outputs.map((one, place) => ({
          value: String(place),
          label: text.file(place + 1, editorMessages.output.formats[choiceOf(one)]),
        })),
        ...lost.map((name) => ({ value: name, label: text.lost(name) })),
      ]}
      value={[...places, ...lost]}
      onChange={(chosen) => change((now) => withFiles(now, index, chosen))}
    />
  );
}

function Runs({ route, onChange }: Pick<RouteCardProps, "route" | "onChange">) {
  return (
    <Select
      label={text.runs}
      data={(["any", "production", "test"] as const).map((one) => ({
        value: one,
        label: text.runChoices[one],
      }))}
      value={route.when?.environment ?? "any"}
      allowDeselect={false}
      onChange={(value) =>
        onChange(withCondition(route, { environment: knownOr(value, "production", "test") }))
      }
    />
  );
}

function isAboutDestination({ pointer, code }: Fault): boolean {
  return pointer.endsWith("/destination_id") || code === "destination_not_found";
}

function knownOr<T extends NonNullable<RouteCondition["records" | "environment"]>>(
  value: string | null,
  ...choices: T[]
): T | undefined {
  return choices.find((one) => one === value);
}
