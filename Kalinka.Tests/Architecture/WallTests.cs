namespace Kalinka.Tests.Architecture;

/// <summary>One direction: program, pipeline, stage, common. A foreign library stays behind one wall.</summary>
internal sealed class WallTests
{
    private static readonly TypeUse[] Everything =
    [
        .. Read("Kalinka.Common"),
        .. Read("kalinka-pub"),
        .. Read("kalinka-sub"),
    ];

    [TestCase("MQTTnet", "Kalinka.Common.Mqtt")]
    [TestCase("Confluent.Kafka", "Kalinka.Common.Kafka")]
    public void A_foreign_library_is_known_in_one_place(string library, string home) =>
        Assert.That(Walls.LibraryOutside(Everything, library, home), Is.Empty);

    [TestCase("Kalinka.Pub")]
    [TestCase("Kalinka.Sub")]
    public void Stages_do_not_know_each_other(string daemon) =>
        Assert.That(Walls.BetweenStages(Everything, daemon), Is.Empty);

    [TestCase("Kalinka.Common", "Kalinka.Pub")]
    [TestCase("Kalinka.Common", "Kalinka.Sub")]
    [TestCase("Kalinka.Pub", "Kalinka.Sub")]
    [TestCase("Kalinka.Sub", "Kalinka.Pub")]
    [TestCase("Kalinka.Common.Mapping", "Kalinka.Common.Hosting")]
    [TestCase("Kalinka.Common.Records", "Kalinka.Common.Hosting")]
    [TestCase("Kalinka.Common.Delivery", "Kalinka.Common.Hosting")]
    [TestCase("Kalinka.Common.Mqtt", "Kalinka.Common.Kafka")]
    [TestCase("Kalinka.Common.Kafka", "Kalinka.Common.Mqtt")]
    [TestCase("Kalinka.Common.ZooKeeper", "Kalinka.Common.Kafka")]
    [TestCase("Kalinka.Common.Mqtt", "Kalinka.Common.Brokers")]
    [TestCase("Kalinka.Common.ZooKeeper", "Kalinka.Common.Brokers")]
    [TestCase("Kalinka.Common.Directory", "Kalinka.Common.Brokers")]
    [TestCase("Kalinka.Common.Instances", "Kalinka.Common.Brokers")]
    [TestCase("Kalinka.Common.Brokers", "Kalinka.Common.Kafka")]
    [TestCase("Kalinka.Common.Brokers", "Kalinka.Common.Directory")]
    [TestCase("Kalinka.Common.Brokers", "Kalinka.Common.Hosting")]
    public void Knowledge_goes_one_way(string user, string used) =>
        Assert.That(Walls.FromTo(Everything, user, used), Is.Empty);

    [Test]
    public void All_three_assemblies_were_read() =>
        Assert.That(
            Everything.Select(use => use.User.Assembly).Distinct(),
            Is.EquivalentTo(["Kalinka.Common", "kalinka-pub", "kalinka-sub"])
        );

    private static HashSet<TypeUse> Read(string assembly) =>
        TypeUses.Of(Path.Combine(AppContext.BaseDirectory, $"{assembly}.dll"));
}
