namespace Kalinka.Tests.Sub.Pipeline;

/// <summary>Each test has a bench of its own.</summary>
internal abstract class SubBenchTest
{
    protected SubBench Bench { get; private set; } = null!;

    [SetUp]
    public void SetUp() => Bench = new SubBench();

    [TearDown]
    public void TearDown() => Bench.Dispose();
}
