/** How the source would find the rows of the query, in its own words. */
import { Button, Code } from "@mantine/core";
import { ErrorState } from "@openreg/ui";
import { useMutation, useQuery } from "@tanstack/react-query";
import { connectorKindsQuery } from "@/features/connectors/api";
import { explainQuery } from "./api";
import { editorMessages } from "./messages";
import { useSource } from "./useSource";

const text = editorMessages.source;

interface Question {
  connectorId: string | undefined;
  query: string;
  parameters: Parameters<typeof explainQuery>[2];
}

/** The plan of the question, and whether the source gives one. */
export function useQueryPlan(question: Question) {
  const { kind } = useSource(question.connectorId);
  const kinds = useQuery({ ...connectorKindsQuery(), enabled: kind !== "" }).data?.items;
  const plan = useMutation({
    mutationFn: (asked: Question) => explainQuery(asked.connectorId ?? "", asked.query, asked.parameters),
  });
  return {
    ask: () => plan.mutate(question),
    isAsking: plan.isPending,
    /** Of what is asked now; an earlier answer says nothing of it. */
    answer: isSame(plan.variables, question) ? plan : null,
    isOffered: kinds?.find((one) => one.kind === kind)?.explains ?? false,
  };
}

type Plan = ReturnType<typeof useQueryPlan>;

export function ExplainButton({ plan, isDisabled }: { plan: Plan; isDisabled: boolean }) {
  return (
    <Button variant="subtle" disabled={isDisabled} loading={plan.isAsking} onClick={plan.ask}>
      {text.plan}
    </Button>
  );
}

export function QueryPlan({ answer }: Pick<Plan, "answer">) {
  if (answer?.isError) return <ErrorState error={answer.error} />;
  if (!answer?.data) return null;
  return (
    <section aria-label={text.planTitle}>
      <Code block tabIndex={0}>
        {answer.data.lines.join("\n")}
      </Code>
    </section>
  );
}

function isSame(asked: Question | undefined, question: Question): boolean {
  return asked !== undefined && JSON.stringify(asked) === JSON.stringify(question);
}
