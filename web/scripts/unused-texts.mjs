// Fails when a text of the English catalogue is read nowhere: the compiler says which text an expression means.
import ts from 'typescript';

const base = new URL('../', import.meta.url).pathname;
const { config } = ts.readConfigFile(`${base}tsconfig.json`, ts.sys.readFile);
const { options, fileNames } = ts.parseJsonConfigFileContent(config, ts.sys, base);
const isTest = (file) => /\.test\.tsx?$|\/src\/test\//.test(file);
const isCatalogue = (file) => file.includes('/src/messages/en');
const program = ts.createProgram(
  fileNames.filter((f) => f.includes('/src/') && !isTest(f) && !f.includes('/src/messages/fr')),
  options,
);
const checker = program.getTypeChecker();
const sources = program.getSourceFiles().filter((f) => f.fileName.includes('/src/') && !f.isDeclarationFile);

const isText = (node) => ts.isPropertyAssignment(node) || ts.isShorthandPropertyAssignment(node);
/** An object that is written down as such; a cast to a record or a list counts as one text. */
const parts = (node) =>
  ts.isPropertyAssignment(node) && ts.isObjectLiteralExpression(node.initializer) ? node.initializer : undefined;

const used = new Set();

/** The places of the English catalogue that a symbol stands for. */
const places = (symbol) =>
  (symbol?.declarations ?? []).filter((d) => isText(d) && isCatalogue(d.getSourceFile().fileName));

const mark = (symbol) => {
  for (const place of places(symbol)) used.add(place);
};

const catalogue = sources.find((f) => f.fileName.endsWith('/src/messages/en.ts'));
const whole = checker.getTypeOfSymbol(checker.getExportsOfModule(checker.getSymbolAtLocation(catalogue))[0]);

/** Everything below a type counts as read: it went where this scan does not follow. */
function markAll(type, seen = new Set()) {
  // The whole catalogue is only handed on: to a provider, to a state.
  if (type === whole || seen.has(type)) return;
  seen.add(type);
  for (const property of type.getProperties()) {
    if (places(property).length === 0) continue;
    mark(property);
    markAll(checker.getTypeOfSymbol(property), seen);
  }
}

/** Whether an object of texts is only on its way to one of them: `m.home.title`, `const t = m.home`, `text(m)`. */
function passesOn(node) {
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent) && parent.expression === node) return true;
  if (ts.isElementAccessExpression(parent) && parent.expression === node) return true;
  if (ts.isVariableDeclaration(parent) && parent.initializer === node) return true;
  return ts.isExpression(node) && checker.getContextualType(node) === checker.getTypeAtLocation(node);
}

function visit(node) {
  if (ts.isPropertyAccessExpression(node) && names.has(node.name.text)) {
    mark(checker.getSymbolAtLocation(node.name));
    if (!passesOn(node)) markAll(checker.getTypeAtLocation(node));
  } else if (ts.isElementAccessExpression(node) && fromCatalogue(node.expression)) {
    markElement(node);
    if (!passesOn(node)) markAll(checker.getTypeAtLocation(node));
  } else if (ts.isObjectBindingPattern(node)) {
    markBindings(node);
  } else if (ts.isIdentifier(node) && fromCatalogue(node) && isValue(node) && !passesOn(node)) {
    markAll(checker.getTypeAtLocation(node));
  }
  ts.forEachChild(node, visit);
}

/** Spares the compiler the types of everything else: a chain that begins with a name or call of the catalogue. */
function fromCatalogue(node) {
  while (ts.isPropertyAccessExpression(node) || ts.isElementAccessExpression(node)) node = node.expression;
  if (ts.isCallExpression(node)) return node.expression.getText() === 'useMessages';
  if (!ts.isIdentifier(node)) return false;
  const declaration = checker.getSymbolAtLocation(node)?.valueDeclaration;
  if (!declaration) return false;
  if (ts.isVariableDeclaration(declaration)) return !!declaration.initializer && fromCatalogue(declaration.initializer);
  return ts.isParameter(declaration) || ts.isBindingElement(declaration);
}

/** An identifier that is read, not one that names something. */
function isValue(node) {
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent)) return parent.expression === node;
  if (ts.isShorthandPropertyAssignment(parent) || ts.isSpreadElement(parent) || ts.isJsxSpreadAttribute(parent))
    return true;
  return ts.isExpressionNode(node);
}

/** `t.status[campaign.status]` reads what the key can be. */
function markElement(node) {
  const type = checker.getTypeAtLocation(node.expression);
  const key = checker.getTypeAtLocation(node.argumentExpression);
  const keys = (key.isUnion() ? key.types : [key]).map((k) => (k.isStringLiteral() ? k.value : undefined));
  if (keys.includes(undefined)) return markAll(type);
  for (const k of keys) mark(checker.getPropertyOfType(type, k));
}

function markBindings(pattern) {
  const type = checker.getTypeAtLocation(pattern);
  for (const element of pattern.elements) {
    const name = element.propertyName ?? element.name;
    if (element.dotDotDotToken) markAll(type);
    else if (ts.isIdentifier(name)) mark(checker.getPropertyOfType(type, name.text));
  }
}

const names = new Set(
  sources
    .filter((f) => isCatalogue(f.fileName))
    .flatMap((f) => [...f.text.matchAll(/([\w$]+)['"]?[:,(]/g)].map((m) => m[1])),
);
for (const source of sources) {
  if (!source.fileName.includes('/src/messages/') && source.text.includes('essages')) visit(source);
}

const unused = [];
function report(object, path) {
  for (const property of object.properties) {
    if (!isText(property)) continue;
    const here = `${path}.${property.name.text}`;
    const below = parts(property);
    if (below) report(below, here);
    else if (!used.has(property)) unused.push(here);
  }
}
let texts = 0;
for (const source of sources.filter((f) => /\/src\/messages\/en\//.test(f.fileName))) {
  for (const statement of source.statements) {
    if (!ts.isVariableStatement(statement)) continue;
    for (const { name, initializer } of statement.declarationList.declarations) {
      if (initializer && ts.isObjectLiteralExpression(initializer)) {
        texts += initializer.properties.length;
        report(initializer, name.text);
      }
    }
  }
}

if (texts === 0) throw new Error('no texts were found: has the catalogue moved?');
for (const path of unused) process.stdout.write(`read nowhere: ${path}\n`);
if (unused.length > 0) process.exit(1);
