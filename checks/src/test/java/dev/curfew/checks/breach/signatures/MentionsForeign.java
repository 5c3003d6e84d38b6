// SPDX-License-Identifier: Apache-2.0
package dev.curfew.checks.breach.signatures;

import java.util.List;
import java.util.Optional;
import org.assertj.core.api.AssertProvider;
import org.assertj.core.data.Index;
import org.jspecify.annotations.Nullable;

/// Planted: a third party's types in every place of a signature.
public abstract class MentionsForeign implements AssertProvider<String> {

  /// As a field.
  public static final @Nullable Index FIELD = null;

  private static final List<Index> HIDDEN = List.of();

  /// For subclasses.
  protected MentionsForeign() {}

  /// As a parameter.
  ///
  /// @param index any
  public void parameter(Index index) {
    hidden(HIDDEN);
  }

  /// As the parts of an array.
  ///
  /// @param index any
  public void array(Index... index) {
    hidden(HIDDEN);
  }

  /// As a type argument.
  ///
  /// @return nothing
  public Optional<Index> typeArgument() {
    return Optional.empty();
  }

  /// As a bound.
  ///
  /// @param index any
  /// @param <T> any
  public <T extends Index> void bound(List<T> index) {
    hidden(HIDDEN);
  }

  private void hidden(List<Index> unseen) {
    assert unseen.isEmpty();
  }
}
