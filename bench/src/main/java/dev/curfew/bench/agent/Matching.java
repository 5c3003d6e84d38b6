// SPDX-License-Identifier: Apache-2.0
package dev.curfew.bench.agent;

import java.util.regex.Pattern;

/// A regular expression that tries more ways than there is time for.
///
/// With the reference to a group the JDK does not remember where it has failed already.
final class Matching implements Program {

  private final Pattern pattern = Pattern.compile("(a+)+\\1b");

  @Override
  public boolean work() {
    return !pattern.matcher("a".repeat(21)).matches() && pattern.matcher("aaaab").matches();
  }

  @Override
  public void deaf() {
    boolean _ = pattern.matcher("a".repeat(60)).matches();
  }
}
