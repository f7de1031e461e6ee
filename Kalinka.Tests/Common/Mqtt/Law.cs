using FsCheck;
using FsCheck.Fluent;

namespace Kalinka.Tests.Common.Mqtt;

internal static class Law
{
    /// <summary>Fails with the smallest counterexample.</summary>
    public static void Holds<T>(Func<T, bool> law, int samples = 300) =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(samples), Prop.ForAll(ArbMap.Default.ArbFor<T>(), law));
}
