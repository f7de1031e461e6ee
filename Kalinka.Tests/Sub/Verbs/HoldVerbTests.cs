using System.Text;
using Kalinka.Tests.Common.Verbs;

namespace Kalinka.Tests.Sub.Verbs;

internal sealed class HoldVerbTests : EnsembleFixture
{
    [Test]
    public async Task A_broker_is_marked_and_released_and_what_else_its_znode_says_stays()
    {
        await WriteAsync("b1", """{"partition":3,"rack":"r1"}""");
        var held = await Executable.RunAsync(Executable.Sub, "hold", "b1", "--config", _file);
        Assert.That(held.ExitCode, Is.Zero, held.Error);
        Assert.That(await ReadAsync("b1"), Is.EqualTo("""{"partition":3,"rack":"r1","held":true}"""));

        var released = await Executable.RunAsync(Executable.Sub, "release", "b1", "--config", _file);
        Assert.That(released.ExitCode, Is.Zero, released.Error);
        Assert.That(await ReadAsync("b1"), Is.EqualTo("""{"partition":3,"rack":"r1"}"""));
    }

    [Test]
    public async Task A_name_that_is_no_brokers_is_a_mistake()
    {
        var ended = await Executable.RunAsync(Executable.Sub, "hold", "b77", "--config", _file);
        Assert.That(ended.ExitCode, Is.EqualTo(2));
        Assert.That(ended.Error, Does.Contain("no broker b77"));
    }

    private async Task WriteAsync(string broker, string data)
    {
        await using var client = Client();
        await client.EnsurePathAsync($"/brokers/{broker}");
        await client.SetDataAsync($"/brokers/{broker}", Encoding.UTF8.GetBytes(data), -1);
    }

    private async Task<string> ReadAsync(string broker)
    {
        await using var client = Client();
        return Encoding.UTF8.GetString((await client.GetDataAsync($"/brokers/{broker}")).Data);
    }
}
