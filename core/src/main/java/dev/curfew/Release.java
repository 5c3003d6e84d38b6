// SPDX-License-Identifier: Apache-2.0
package dev.curfew;

import org.jspecify.annotations.Nullable;

/// Gives a resource back.
///
/// @param <R> the type of the resource
@FunctionalInterface
public interface Release<R extends @Nullable Object> {

  /// Releases it; called once.
  ///
  /// @param resource what was acquired
  /// @throws Exception what went wrong; it is kept and keeps no other release from running
  void release(R resource) throws Exception;
}
