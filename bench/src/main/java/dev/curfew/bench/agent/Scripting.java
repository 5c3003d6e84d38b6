// SPDX-License-Identifier: Apache-2.0
package dev.curfew.bench.agent;

import org.mozilla.javascript.Context;
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

  Scripting(boolean interpreted) {
    this.interpreted = interpreted;
  }

  @Override
  public boolean work() {
    return evaluate(WORK).equals("2262 6765 30");
  }

  @Override
  public void deaf() {
    String _ = evaluate(DEAF).intern();
  }

  private String evaluate(String script) {
    try (Context context = Context.enter()) {
      context.setInterpretedMode(interpreted);
      ScriptableObject scope = context.initStandardObjects();
      return Context.toString(context.evaluateString(scope, script, "bench.js", 1, null));
    }
  }
}
