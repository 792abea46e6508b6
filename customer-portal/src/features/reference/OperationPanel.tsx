/** One call: what it is for, its parameters as a form, the code of it, and what came back. */
import { Button, Stack, Table, Text, Textarea, Title } from "@mantine/core";
import { Callout, ErrorState, JsonView, Panel } from "@openreg/ui";
import { useMutation } from "@tanstack/react-query";
import { useState, type SyntheticEvent } from "react";
import { apiUrl } from "@/api/client";
import { useKeyAtHand } from "@/features/keys/keyAtHand";
import { AnswerView } from "./AnswerView";
import { tryCall } from "./api";
import { CallCode } from "./CallCode";
import { referenceMessages as text } from "./messages";
import {
  exampleOfContent,
  headersOf,
  missingOf,
  parametersOf,
  pathOf,
  type OpenApi,
  type Operation,
  type Values,
} from "./openapi";
import { ParameterField } from "./ParameterField";
import styles from "./reference.module.css";

interface OperationPanelProps {
  operation: Operation;
  document: OpenApi;
}

export function OperationPanel({ operation, document }: OperationPanelProps) {
  const secret = useKeyAtHand();
  const [values, setValues] = useState<Values>({});
  const bodyExample = exampleOfContent(operation.requestBody?.content, document);
  const [bodyText, setBodyText] = useState(() =>
    bodyExample === undefined ? "" : JSON.stringify(bodyExample, null, 2),
  );
  const [isAsked, setIsAsked] = useState(false);
  const attempt = useMutation({ mutationFn: tryCall });
  const body = bodyOf(bodyText);
  const missing = isAsked ? missingOf(operation, values) : [];
  const path = pathOf(operation, values);
  const parameters = parametersOf(operation);

  function send(event: SyntheticEvent) {
    event.preventDefault();
    setIsAsked(true);
    if (secret === null || body.isWrong || missingOf(operation, values).length > 0) return;
    attempt.mutate({
      method: operation.method,
      path,
      headers: headersOf(operation, values),
      secret,
      ...(body.value === undefined ? {} : { body: body.value }),
    });
  }

  return (
    <Stack gap="lg">
      <div>
        <Title order={3} className={styles.title}>
          {operation.method} {operation.path}
        </Title>
        <Text>{operation.description ?? operation.summary}</Text>
      </div>
      <form onSubmit={send} noValidate>
        <Stack gap="md" maw={560}>
          {parameters.map((parameter) => (
            <ParameterField
              key={parameter.name}
              parameter={parameter}
              document={document}
              value={values[parameter.name]}
              fault={missing.includes(parameter.name) ? text.missing : undefined}
              onChange={(value) => setValues((before) => ({ ...before, [parameter.name]: value }))}
            />
          ))}
          {bodyExample !== undefined && (
            <Textarea
              label={text.body}
              autosize
              minRows={4}
              maxRows={16}
              spellCheck={false}
              classNames={{ input: "or-mono" }}
              value={bodyText}
              error={body.isWrong ? text.bodyWrong : undefined}
              onChange={(event) => setBodyText(event.currentTarget.value)}
            />
          )}
          {isAsked && secret === null && <Callout tone="warning" role="alert" title={text.keyMissing} />}
          <div>
            <Button type="submit" loading={attempt.isPending}>
              {text.send}
            </Button>
          </div>
        </Stack>
      </form>
      {attempt.isError && <ErrorState error={attempt.error} />}
      {attempt.data && <AnswerView answer={attempt.data} />}
      <CallCode
        call={{
          method: operation.method,
          url: apiUrl + path,
          headers: headersOf(operation, values),
          ...(body.value === undefined ? {} : { body: body.value }),
        }}
        secret={secret}
      />
      <Answers operation={operation} document={document} />
    </Stack>
  );
}

function bodyOf(typed: string): { value?: unknown; isWrong: boolean } {
  if (!typed.trim()) return { isWrong: false };
  try {
    return { value: JSON.parse(typed) as unknown, isWrong: false };
  } catch {
    return { isWrong: true };
  }
}

function Answers({ operation, document }: OperationPanelProps) {
  const responses = Object.entries(operation.responses ?? {});
  const good = responses.find(([status]) => status.startsWith("2"));
  const example = exampleOfContent(good?.[1].content, document);
  const others = responses.filter((one) => one !== good);
  return (
    <Panel title={text.answerExample}>
      {example === undefined ? (
        <Text>{text.answerFile}</Text>
      ) : (
        <JsonView value={example} label={text.example} />
      )}
      {others.length > 0 && (
        <Table aria-label={text.statuses} mt="md">
          <Table.Tbody>
            {others.map(([status, response]) => (
              <Table.Tr key={status}>
                <Table.Th scope="row" w={64}>
                  {status}
                </Table.Th>
                <Table.Td>{response.description}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      )}
    </Panel>
  );
}
