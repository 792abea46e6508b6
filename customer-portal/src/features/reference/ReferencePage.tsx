/** Every call a key can make: described, as code, and to be tried. */
import { Anchor, Skeleton, Stack, Text } from "@mantine/core";
import { ErrorState, PageHeader } from "@openreg/ui";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { apiUrl } from "@/api/client";
import { documentQuery } from "./api";
import { KeyField } from "./KeyField";
import { referenceMessages as text } from "./messages";
import { OperationPanel } from "./OperationPanel";
import { operationsOf, type OpenApi } from "./openapi";
import styles from "./reference.module.css";

const route = getRouteApi("/_app/reference");

export function ReferencePage() {
  const query = useQuery(documentQuery());
  return (
    <>
      <PageHeader title={text.title} description={text.description} />
      {query.isError && <ErrorState error={query.error} onRetry={() => void query.refetch()} />}
      {query.isPending && <Skeleton height={400} />}
      {query.data && <Reference document={query.data} />}
    </>
  );
}

function Reference({ document }: { document: OpenApi }) {
  const { operation: wanted } = route.useSearch();
  const operations = operationsOf(document);
  const shown = operations.find((one) => one.id === wanted) ?? operations[0];
  const groups = [...new Set(operations.map((one) => one.group))];
  return (
    <div className={styles.columns}>
      <nav className={styles.list} aria-label={text.operations}>
        {groups.map((group) => (
          <div key={group}>
            <Text fw={600} size="sm" className={styles.group}>
              {group}
            </Text>
            <ul>
              {operations
                .filter((one) => one.group === group)
                .map((one) => (
                  <li key={one.id}>
                    <Link
                      to="/reference"
                      search={{ operation: one.id }}
                      className={styles.operation}
                      aria-current={one === shown ? "page" : undefined}
                    >
                      <span className={styles.method}>{one.method}</span>
                      <span>{one.path.replace("/external_api/v1", "")}</span>
                    </Link>
                  </li>
                ))}
            </ul>
          </div>
        ))}
      </nav>
      <Stack gap="lg" miw={0}>
        <KeyField />
        {shown && <OperationPanel key={shown.id} operation={shown} document={document} />}
        <Text size="sm" c="dimmed">
          {text.conventions} {text.whole}{" "}
          <Anchor href={`${apiUrl}/openapi.json`} underline="always">
            openapi.json
          </Anchor>
        </Text>
      </Stack>
    </div>
  );
}
