import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isTypeAliasDeclaration } from 'typescript/unstable/ast/is';
import { API, type Checker, type Type, type TypeReference } from 'typescript/unstable/sync';
import { installation } from '../../src/installation.ts';
import { optionTable, type OptionName } from '../../src/config/options/options.ts';

/** How deep the values of an option go; a type that is nested more deeply is not one of theirs. */
const deepest = 12;

/** A type written out, without a name that only the sources know. */
function spelled(checker: Checker, type: Type, depth = 0): string {
  if (depth > deepest) throw new Error(`${checker.typeToString(type)} never ends`);
  const inner = (part: Type): string => spelled(checker, part, depth + 1);
  // `boolean` is a union of two too.
  if (type.isUnionType() && checker.typeToString(type) !== 'boolean') {
    const parts = type
      .getTypes()
      .map(inner)
      .filter((text) => text !== 'undefined');
    const both = parts.includes('true') && parts.includes('false');
    const kept = both ? [...parts.filter((text) => text !== 'true' && text !== 'false'), 'boolean'] : parts;
    return [...new Set(kept)].join(' | ');
  }
  if (checker.isArrayType(type)) return `(${inner(checker.getTypeArguments(type as TypeReference)[0]!)})[]`;
  if (!type.isObjectType()) return checker.typeToString(type);
  const [index] = checker.getIndexInfosOfType(type);
  if (index !== undefined) return `Record<string, ${inner(index.valueType)}>`;
  const members = checker.getPropertiesOfType(type).map((member) => {
    const of = checker.getTypeOfSymbol(member)!;
    const text = inner(of);
    const optional = /\bundefined\b/.test(checker.typeToString(of));
    return `${member.name}${optional ? '?' : ''}: ${text}${optional ? ' | undefined' : ''}`;
  });
  return `{ ${members.join('; ')} }`;
}

function comment(name: OptionName): string {
  const { summary, default: usual, otherwise } = optionTable[name];
  const without = usual ?? otherwise;
  return `  /** ${summary}.${without === undefined ? '' : ` Default: ${without}.`} */`;
}

/** What apps find in a worker: a file that refers to nothing else, without its words for the linter. */
const inApp = (): string =>
  readFileSync(join(installation, 'src/common/in-app.ts'), 'utf8').replace(/^ *\/\/ oxlint.*\n/gm, '');

/**
 * What a configuration file may hold, as a declaration that refers to nothing else: the option table's types come by way of
 * its schemas, and whoever writes a configuration file has not the library of these. Errors: an `Error` if the compiler
 * finds no such type.
 */
export function declarations(): string {
  const api = new API({ cwd: installation });
  try {
    const config = join(installation, 'tsconfig.json');
    const { program, checker } = api.updateSnapshot({ openProjects: [config] }).getProject(config)!;
    const file = program.getSourceFile(join(installation, 'src/config/options/options.ts'))!;
    const declared = file.statements.find(
      (each) => isTypeAliasDeclaration(each) && each.name.text === 'UserConfig',
    );
    const properties = checker.getPropertiesOfType(checker.getTypeAtLocation(declared!)!);
    const lines = properties.map((property) => {
      const type = spelled(checker, checker.getTypeOfSymbol(property)!);
      return `${comment(property.name as OptionName)}\n  ${property.name}?: ${type} | undefined;`;
    });
    return `/** What a configuration file may say. Times are seconds, or strings with a unit; paths start at the file's folder. */
export interface UserConfig {
${lines.join('\n')}
}

/** What \`radiant.config.ts\` may export: an object, or a function that returns one, now or later. */
export type ConfigExport = UserConfig | (() => UserConfig | Promise<UserConfig>);

/** Gives a configuration file its types; does nothing else. */
export declare function defineConfig<T extends ConfigExport>(config: T): T;

${inApp()}`;
  } finally {
    api.close();
  }
}
