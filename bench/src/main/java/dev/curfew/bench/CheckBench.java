// SPDX-License-Identifier: Apache-2.0
package dev.curfew.bench;

import dev.curfew.bench.check.Chain;
import dev.curfew.bench.check.DotProduct;
import dev.curfew.bench.check.MatrixProduct;
import dev.curfew.bench.check.Scale;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/// One check in every iteration of a loop: the whole iteration is timed, so that what the check
/// keeps the JIT from is in the figure.
final class CheckBench implements Bench {

  @Override
  public String name() {
    return "check";
  }

  @Override
  public String unit() {
    return "CPU ns per iteration";
  }

  @Override
  public List<String> columns() {
    return List.of("dot product", "c[i] = a[i]*3 + b[i]", "matrix product", "chain");
  }

  @Override
  public List<Contender> contenders() {
    return List.of(
        Contender.ours("Curfew.checkpoint()", "checkpoint"),
        Contender.ours("Curfew.checkpoint(), another thread is being stopped", "whileOpen"),
        Contender.ours("Curfew.checkpoint(), volatile form", "volatileCheckpoint"),
        Contender.ours("StopToken.check()", "token"),
        Contender.peer("interrupt flag (JDK, Jox)", "interruptFlag"),
        Contender.peer("volatile flag in hand", "volatileFlag"),
        Contender.peer("volatile flag in a ScopedValue", "scopedValue"),
        Contender.peer("Kotlin job.isActive, job in hand", "job"),
        Contender.peer("Kotlin job.ensureActive()", "ensureActive"),
        Contender.peer("Kotlin scope.isActive", "coroutineScope"),
        Contender.limit("none", "none"),
        Contender.limit("none in blocks of 1,024, by hand", "blocks"),
        Contender.other("C++ std::stop_token", "c++:check"),
        Contender.other("C++, none", "c++:none"),
        Contender.other("Python Event.is_set()", "python:check"),
        Contender.other("Python, none", "python:none"));
  }

  @Override
  public Optional<Contender> bare(Contender row) {
    String language = row.code().substring(0, row.code().indexOf(':') + 1);
    return contenders().stream()
        .filter(each -> each.code().equals(language + "none") && !each.equals(row))
        .findFirst();
  }

  @Override
  public void run(Table table, boolean quick) throws IOException, InterruptedException {
    Jmh jmh = new Jmh(this, table, quick);
    jmh.measure(DotProduct.class, 1, true, "dot product");
    jmh.measure(Scale.class, 1, true, "c[i] = a[i]*3 + b[i]");
    jmh.measure(MatrixProduct.class, 1, true, "matrix product");
    jmh.measure(Chain.class, 1, true, "chain");
    new OtherLanguages(quick).measure(table, contenders());
    InTurns turns = new InTurns("with a check / without, CPU time", CheckTurns.class, 1_000);
    System.out.println(turns.table(columns().subList(0, 3), quick));
  }
}
