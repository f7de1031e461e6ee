using Kalinka.Common.Configuration;

namespace Kalinka.Tests.Common.Configuration;

internal sealed class KeyArgumentsTests
{
    [Test]
    public void Keys_are_told_from_the_options_and_arguments_of_a_verb()
    {
        var split = KeyArguments.Split([
            "explain",
            "--config",
            "f",
            "--Http:Url=http://h:1/?a=b",
            "--mqtt:seats",
            "2",
            "--property",
            "x:y=z",
            "a/b",
            "--Instance",
            "-1",
        ]);

        Assert.That(split.Others, Is.EqualTo(new[] { "explain", "--config", "f", "--property", "x:y=z", "a/b" }));
        Assert.That(split.Keys["Http:Url"], Is.EqualTo("http://h:1/?a=b"));
        Assert.That(split.Keys["Mqtt:Seats"], Is.EqualTo("2"));
        Assert.That(split.Keys["Instance"], Is.EqualTo("-1"));
        Assert.That(split.Incomplete, Is.Empty);
    }

    [TestCase("--Kafka:BootstrapServers")]
    [TestCase("--Kafka:BootstrapServers", "--json")]
    public void A_key_without_a_value_is_incomplete(params string[] arguments) =>
        Assert.That(KeyArguments.Split(arguments).Incomplete, Is.EqualTo(new[] { "--Kafka:BootstrapServers" }));

    [Test]
    public void Of_a_key_that_is_given_twice_the_last_counts() =>
        Assert.That(KeyArguments.Split(["--A:B=1", "--a:b=2"]).Keys["A:B"], Is.EqualTo("2"));
}
