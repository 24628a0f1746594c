const words = 'collection document session publish invoke render cursor template reactive depend'.split(' ');

/**
 * About `size` characters of JavaScript that does nothing but compresses like code: a bundle of one repeated
 * line would cost the server next to nothing to compress. The same text for the same size.
 */
export function filler(size: number): string {
  let state = 1;
  const random = (below: number) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  const name = () => `${words[random(words.length)]}${random(4096).toString(36)}`;
  const lines = ['\n(function () { var modules = {};\n'];
  let length = lines[0]?.length ?? 0;
  while (length < size - 10) {
    const [argument, local] = [name(), name()];
    const line =
      `modules["${name()}/${name()}.js"] = function (${argument}) { var ${local} = ${argument}.${name()} || ` +
      `${random(100000)}; return ${local} > ${random(1000)} ? "${name()}" : ${argument}.${name()}(${local}); };\n`;
    lines.push(line);
    length += line.length;
  }
  lines.push('})();\n');
  return lines.join('');
}
