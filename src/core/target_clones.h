#pragma once

// The resolver of the clones runs before the thread sanitizer is initialised.
#if defined(__SANITIZE_THREAD__)
#define AE_UNDER_TSAN
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define AE_UNDER_TSAN
#endif
#endif

/// Compiles a function for several x86-64 levels; the loader picks the best one that the processor
/// supports. Only functions that are inlined into it gain from that.
#if defined(__x86_64__) && defined(__ELF__) && defined(__OPTIMIZE__) && !defined(AE_UNDER_TSAN) && \
    (defined(__clang__) ? __clang_major__ >= 18 : __GNUC__ >= 12)
#define AE_TARGET_CLONES \
  __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define AE_TARGET_CLONES
#endif

#define AE_ALWAYS_INLINE [[gnu::always_inline]] inline
/// AE_ALWAYS_INLINE for a lambda, after its parameters.
#define AE_ALWAYS_INLINE_LAMBDA __attribute__((always_inline))

/// Defines `name`, whose clones inline `template_name`. The clones are a function of their own, as
/// a function declared in a header without the attribute cannot have them.
#define AE_DEFINE_CLONED(Result, name, template_name, parameters, arguments)           \
  namespace {                                                                          \
  AE_TARGET_CLONES Result cloned_##name parameters { return template_name arguments; } \
  }                                                                                    \
  Result name parameters { return cloned_##name arguments; }
