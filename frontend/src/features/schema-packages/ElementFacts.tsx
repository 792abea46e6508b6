/** What a chosen element or attribute may hold. */
import { Text, Title } from "@mantine/core";
import { CodeList, CopyButton, Fact, Facts } from "@openreg/ui";
import type { SchemaValueType } from "./api";
import { schemaPackageMessages } from "./messages";
import { limitsOf, type TreeNode } from "./tree";
import styles from "./schemaPackages.module.css";

const text = schemaPackageMessages.facts;
const MOST_CODES = 500;

export function ElementFacts({ node }: { node: TreeNode | null }) {
  if (!node) {
    return (
      <Text c="dimmed" className={styles.facts}>
        {schemaPackageMessages.tree.choose}
      </Text>
    );
  }
  const { minimum, maximum } = limitsOf(node);
  const type = node.element?.type ?? node.attribute?.type;
  const namespace = node.element?.namespace ?? node.attribute?.namespace;
  return (
    <section aria-label={text.label} className={styles.facts}>
      <Title order={3} className="or-mono">
        {node.name}
      </Title>
      <Facts>
        <Fact name={text.path}>
          <span className="or-mono">{node.path}</span> <CopyButton value={node.path} label={text.copyPath} />
        </Fact>
        <Fact name={text.occurs}>{text.times(minimum, maximum)}</Fact>
        {type && <Fact name={text.type}>{typeWords(type)}</Fact>}
        {namespace && (
          <Fact name={text.namespace}>
            <span className="or-mono">{namespace}</span>
          </Fact>
        )}
        {node.alternatives.length > 1 && (
          <Fact name={text.choice}>{schemaPackageMessages.tree.choice(node.alternatives.join(", "))}</Fact>
        )}
      </Facts>
      {node.element?.documentation && (
        <Text className={styles.documentation}>{node.element.documentation}</Text>
      )}
      {type && <Limits type={type} />}
      {(node.element?.attributes.length ?? 0) > 0 && (
        <div>
          <Text fw={600}>{text.attributes}</Text>
          <CodeList
            words={(node.element?.attributes ?? []).map(
              (one) =>
                `@${one.name} (${one.required ? schemaPackageMessages.tree.required : schemaPackageMessages.tree.optional})`,
            )}
          />
        </div>
      )}
    </section>
  );
}

function Limits({ type }: { type: SchemaValueType }) {
  const facets = Object.entries(type.facets);
  return (
    <>
      {facets.length > 0 && (
        <div>
          <Text fw={600}>{text.facets}</Text>
          <Facts>
            {facets.map(([name, value]) => (
              <Fact key={name} name={name}>
                <span className="or-mono">{value}</span>
              </Fact>
            ))}
          </Facts>
        </div>
      )}
      {type.codes.length > 0 && (
        <div>
          <Text fw={600}>{text.codes}</Text>
          {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- otherwise arrow keys cannot scroll it */}
          <div className={styles.codes} role="group" aria-label={text.codes} tabIndex={0}>
            <CodeList words={type.codes} />
          </div>
          {type.codes.length >= MOST_CODES && <Text c="dimmed">{text.moreCodes}</Text>}
        </div>
      )}
    </>
  );
}

function typeWords({ name, primitive }: SchemaValueType): string {
  if (name && primitive && name !== primitive) return `${name} (${primitive})`;
  return name ?? primitive ?? "";
}
