/** How many rows are in each state, among those that the other filters leave; a tab shows only those. */
import { TabLink, TabLinks } from "@openreg/ui";
import type { Schema } from "@/api/types";

type RowState =
  | Schema<"DeliveryState">
  | Schema<"EntryState">
  | Schema<"ExceptionState">
  | Schema<"HeldRecordState">
  | Schema<"RunState">
  | Schema<"SubmissionState">
  | Schema<"WebhookDeliveryState">;

interface StateCount {
  state: string;
  count: number;
  is_more: boolean;
}

interface StateTabsProps<State extends RowState> {
  text: { stateTabs: string; allStates: string; stateName: (state: State) => string };
  states: readonly State[];
  current: State | undefined;
  counts: StateCount[] | undefined;
}

export function StateTabs<State extends RowState>({ text, states, current, counts }: StateTabsProps<State>) {
  return (
    <TabLinks label={text.stateTabs}>
      <TabLink
        to="."
        search={only(undefined)}
        isCurrent={current === undefined}
        count={counts?.reduce((sum, one) => sum + one.count, 0)}
        isMore={counts?.some((one) => one.is_more) ?? false}
      >
        {text.allStates}
      </TabLink>
      {states.map((state) => {
        const counted = counts?.find((one) => one.state === state);
        return (
          <TabLink
            key={state}
            to="."
            search={only(state)}
            isCurrent={current === state}
            count={counted?.count}
            isMore={counted?.is_more ?? false}
          >
            {text.stateName(state)}
          </TabLink>
        );
      })}
    </TabLinks>
  );
}

/** The same list, of one state or of all, from its first page. */
function only(state: RowState | undefined) {
  return (previous: object) => ({ ...previous, state, cursor: undefined });
}
