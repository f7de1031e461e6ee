using Kalinka.Tests.Architecture.Sample.Upstream;

namespace Kalinka.Tests.Architecture;

/// <summary>The walls' own proof: on a sample that breaks them they fall.</summary>
internal sealed class WallSelfTests
{
    private const string Sample = "Kalinka.Tests.Architecture.Sample";

    private static readonly HashSet<TypeUse> Uses = TypeUses.Of(typeof(WallSelfTests).Assembly.Location);

    [TestCase("NosyBase")]
    [TestCase("InField")]
    [TestCase("InSignature")]
    [TestCase("InParameter")]
    [TestCase("InGenericArgument")]
    [TestCase("InCall")]
    [TestCase("InToken")]
    [TestCase("IInConstraint")]
    [TestCase("InAttribute")]
    [TestCase("InCatchException")]
    [TestCase("InIterator")]
    public void A_use_of_another_stage_is_found(string used) =>
        Assert.That(
            Walls.BetweenStages(Uses, Sample),
            Has.Some.Matches<TypeUse>(use => use.User.Name == nameof(Nosy) && use.Used.Name == used)
        );

    [Test]
    public void A_stage_that_keeps_to_itself_is_not_accused() =>
        Assert.That(
            Walls.BetweenStages(Uses, Sample),
            Has.None.Matches<TypeUse>(use => use.User.Name == nameof(Modest))
        );

    [Test]
    public void A_library_outside_its_home_is_found() =>
        Assert.That(Walls.LibraryOutside(Uses, "NUnit.Framework", Sample), Is.Not.Empty);

    [Test]
    public void A_namespace_that_only_begins_alike_is_another_one() =>
        Assert.That(new TypeName("a", "Kalinka.Subway", "T").IsIn("Kalinka.Sub"), Is.False);
}
