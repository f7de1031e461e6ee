using Kalinka.Common.Directory;

namespace Kalinka.Tests.Common.Directory;

internal sealed class SharedSyncTests
{
    private readonly Queue<TaskCompletionSource> _requests = new();

    [Test]
    public async Task All_who_ask_while_one_is_under_way_share_the_next()
    {
        var sync = new SharedSync(Request);
        var first = sync.AskAsync();
        Task[] later = [sync.AskAsync(), sync.AskAsync(), sync.AskAsync()];
        Assert.That(_requests, Has.Count.EqualTo(1));

        _requests.Dequeue().SetResult();
        await first;
        Assert.That(later.Select(task => task.IsCompleted), Has.All.False);

        await Stack.Eventually.That(() => _requests.Count == 1, TimeSpan.FromSeconds(5), "the next one");
        _requests.Dequeue().SetResult();
        await Task.WhenAll(later);
    }

    [Test]
    public async Task One_that_fails_does_not_fail_the_next()
    {
        var sync = new SharedSync(Request);
        var first = sync.AskAsync();
        var second = sync.AskAsync();
        _requests.Dequeue().SetException(new IOException());
        Assert.That(async () => await first, Throws.InstanceOf<IOException>());

        await Stack.Eventually.That(() => _requests.Count == 1, TimeSpan.FromSeconds(5), "the next one");
        _requests.Dequeue().SetResult();
        await second;
    }

    private Task Request()
    {
        var request = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _requests.Enqueue(request);
        return request.Task;
    }
}
