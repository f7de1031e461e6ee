using Kalinka.Common.Configuration;
using Kalinka.Common.Hosting;

namespace Kalinka.Tests.Common.Hosting;

internal sealed class InstanceNameTests
{
    [Test]
    public void Instances_of_one_host_have_different_names_and_a_number_that_is_free_is_taken_again()
    {
        var daemon = $"kalinka-test-{Guid.NewGuid():N}";
        using var first = new InstanceName(daemon);
        using var second = new InstanceName(daemon);
        using var third = new InstanceName(daemon);

        var names = new[] { first.Take(), second.Take() };
        first.Dispose();

        Assert.That(names[0], Is.EqualTo(InstanceName.First()));
        Assert.That(names[1], Is.Not.EqualTo(names[0]));
        Assert.That(third.Take(), Is.EqualTo(names[0]));
        Assert.That(names.Where(name => !Names.IsLegal(name)), Is.Empty);
    }

    [TestCase("web-1.example.org", "web-1.example.org")]
    [TestCase("Büro PC", "B-ro-PC")]
    [TestCase("-x", "x")]
    [TestCase("---", "host")]
    public void A_host_name_is_made_legal(string host, string expected) =>
        Assert.That(Names.Legalize(host, 56), Is.EqualTo(expected));
}
