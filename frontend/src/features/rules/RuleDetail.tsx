/** One rule: what it says, what it rests on, whom it judges, and what it says of rows. */
import { Skeleton, Stack, Text } from "@mantine/core";
import {
  AppLink,
  BusinessDate,
  DataTable,
  ErrorState,
  Fact,
  Facts,
  formatNumber,
  PageHeader,
  Section,
  type Column,
} from "@openreg/ui";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useMay } from "@/features/account/api";
import { OfficialRules } from "@/features/official-texts/OfficialRules";
import { RuleSeverity } from "@/features/report-editor/RuleSeverity";
import { ruleQuery, type RuleDetailAnswer } from "./api";
import { ruleMessages as text } from "./messages";
import { RuleTestPanel } from "./RuleTestPanel";

const route = getRouteApi("/_app/rules/$ruleKey");
type Part = RuleDetailAnswer["parts"][number];
type FailingRun = RuleDetailAnswer["runs"][number];

const partColumns: Column<Part>[] = [
  { key: "part", header: text.part, cell: (part) => part.part ?? part.title },
  {
    key: "severity",
    header: text.columns.severity,
    cell: (part) => <RuleSeverity severity={part.severity} />,
  },
  {
    key: "expression",
    header: text.condition,
    cell: (part) => <code className="or-mono">{part.expression}</code>,
  },
  { key: "message", header: text.message, cell: (part) => part.message },
];

const runColumns: Column<FailingRun>[] = [
  {
    key: "run",
    header: text.run,
    cell: (one) => (
      <AppLink to="/runs/$runId" params={{ runId: one.run_id }} className="or-mono">
        {one.run_id.slice(-12)}
      </AppLink>
    ),
  },
  { key: "report", header: text.report, cell: (one) => one.report_name },
  { key: "date", header: text.date, cell: (one) => <BusinessDate date={one.reporting_date} /> },
  { key: "count", header: text.records, isNumber: true, cell: (one) => formatNumber(one.count) },
];

export function RuleDetail() {
  const { ruleKey } = route.useParams();
  const query = useQuery(ruleQuery(ruleKey));
  const mayWrite = useMay("rules:write");
  const mayQuery = useMay("connectors:query");
  if (query.isError) return <ErrorState error={query.error} onRetry={() => void query.refetch()} />;
  if (!query.data) return <Skeleton height={240} />;
  const rule = query.data;
  const [first] = rule.parts;
  return (
    <Stack gap="xl">
      <div>
        <AppLink to="/rules" search={{}} size="sm">
          {text.back}
        </AppLink>
        <PageHeader
          title={rule.id}
          description={rule.title}
          meta={<RuleSeverity severity={rule.severity} />}
        />
        <RuleFacts rule={rule} />
      </div>
      {rule.official.length > 0 && (
        <Section title={text.official}>
          <OfficialRules rules={rule.official} />
        </Section>
      )}
      <Section title={text.parts}>
        <DataTable
          label={text.parts}
          rows={rule.parts}
          rowKey={(part) => `${part.part ?? ""} ${part.expression}`}
          columns={partColumns}
        />
      </Section>
      {first && mayWrite && mayQuery && rule.reports.length > 0 && (
        <RuleTestPanel
          expression={first.expression}
          phase={first.phase}
          message={first.message}
          reports={rule.reports}
        />
      )}
      <Section title={text.runs}>
        {rule.runs.length === 0 ? (
          <Text c="dimmed">{text.noRuns}</Text>
        ) : (
          <DataTable label={text.runs} rows={rule.runs} rowKey={(one) => one.run_id} columns={runColumns} />
        )}
      </Section>
    </Stack>
  );
}

function RuleFacts({ rule }: { rule: RuleDetailAnswer }) {
  return (
    <Facts>
      <Fact name={text.facts.owner}>
        {rule.owner.origin === "rule_set" ? (
          <AppLink to="/rule-sets/$ruleSetId" params={{ ruleSetId: rule.owner.id }}>
            {rule.owner.name}
          </AppLink>
        ) : (
          rule.owner.name
        )}{" "}
        {rule.owner.version}
      </Fact>
      <Fact name={text.facts.citation}>
        {rule.citation ?? text.none} ({text.sources[rule.source]})
      </Fact>
      <Fact name={text.facts.fields}>{rule.fields.join(", ") || text.none}</Fact>
      <Fact name={text.facts.days}>{text.days(rule.valid_from, rule.valid_to)}</Fact>
      <Fact name={text.facts.failed}>
        {text.rate(rule.failed.rate)}, {text.failures(rule.failed.failures, rule.failed.records)}
      </Fact>
      <Fact name={text.facts.reports}>{rule.reports.map((one) => one.name).join(", ") || text.none}</Fact>
    </Facts>
  );
}
