/** Everything that happened to an entry: who did what, when and why. */
import { Text } from "@mantine/core";
import { EventItem, EventList, Moment, Panel } from "@openreg/ui";
import type { EntryDetail, EntryEvent } from "./api";
import { registerMessages } from "./messages";

const text = registerMessages.history;

export function EntryHistory({ entry }: { entry: EntryDetail }) {
  return (
    <Panel title={text.title}>
      <EventList>
        {entry.history.map((event) => (
          <EventItem
            key={event.number}
            title={
              <>
                <strong>{event.actor}</strong> {text.step(event.step)} {said(event)}
                {event.from_state !== null && (
                  <Text span c="dimmed">
                    {" "}
                    · {text.becomes(event.to_state)}
                  </Text>
                )}
              </>
            }
            meta={<Moment at={event.at} />}
            comment={event.note || null}
          />
        ))}
      </EventList>
    </Panel>
  );
}

/** What a step was about, in words. */
function said({ step, details }: EntryEvent): string {
  const value = (name: string) => {
    const found = details[name];
    return typeof found === "string" ? found : "";
  };
  if (step === "linked" || step === "unlinked") return value("label");
  if (step === "changed") return `(${Object.keys(details).map(text.field).join(", ")})`;
  if (step === "back_reporting_started") return `(${value("first_date")} – ${value("last_date")})`;
  return step.startsWith("action_") ? value("text") : "";
}
