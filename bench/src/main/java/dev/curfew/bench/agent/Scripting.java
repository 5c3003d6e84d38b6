// SPDX-License-Identifier: Apache-2.0
package dev.curfew.bench.agent;

import java.util.function.Function;
import org.mozilla.javascript.Context;
import org.mozilla.javascript.Script;
import org.mozilla.javascript.ScriptableObject;

/// A script in Rhino, either interpreted or compiled to a class.
final class Scripting implements Program {

  private static final String WORK =
      """
      function sieve(n) {
        var primes = [], composite = {};
        for (var i = 2; i < n; i++) {
          if (!composite[i]) { primes.push(i); for (var j = i * 2; j < n; j += i) composite[j] = 1; }
        }
        return primes.length;
      }
      function fib(n) { return n < 2 ? n : fib(n - 1) + fib(n - 2); }
      var words = {}, text = '';
      for (var k = 0; k < 3000; k++) { text += 'w' + k % 100 + ' '; }
      text.split(' ').forEach(function (w) { words[w] = (words[w] || 0) + 1; });
      sieve(20000) + ' ' + fib(20) + ' ' + words.w7;
      """;

  private static final String DEAF =
      "var n = 0; while (true) { try { n += 1; } finally { n %= 1000; } }";

  private final boolean interpreted;
  private final Script work;

  /// The work is compiled once: a new class for each piece would be loaded, woven and interpreted
  /// again each time.
  Scripting(boolean interpreted) {
    this.interpreted = interpreted;
    work = inContext(context -> context.compileString(WORK, "bench.js", 1, null));
  }

  @Override
  public boolean work() {
    return run(work).equals("2262 6765 30");
  }

  @Override
  public void deaf() {
    String _ = run(inContext(context -> context.compileString(DEAF, "bench.js", 1, null))).intern();
  }

  private String run(Script script) {
    return inContext(
        context -> {
          ScriptableObject scope = context.initStandardObjects();
          return Context.toString(script.exec(context, scope, scope));
        });
  }

  private <T> T inContext(Function<Context, T> body) {
    try (Context context = Context.enter()) {
      context.setInterpretedMode(interpreted);
      return body.apply(context);
    }
  }
}
